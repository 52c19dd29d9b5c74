/** Load the page of a running check again when the check is done. */

const SECONDS = 2;

export function waitForCheck(): void {
  if (!document.querySelector("beffroi-wait")) return;
  setTimeout(async () => {
    const answer = await fetch(location.href).catch(() => undefined);
    if (answer?.ok && !(await answer.text()).includes("<beffroi-wait>")) location.reload();
    else waitForCheck();
  }, SECONDS * 1000);
}
