/** Load the page of a running check or order again when it is done; look less often the longer it takes. */

const FIRST_SECONDS = 2;
const MOST_SECONDS = 30;

export function waitForEnd(seconds = FIRST_SECONDS): void {
  if (!document.querySelector("beffroi-wait")) return;
  setTimeout(async () => {
    const answer = await fetch(location.href).catch(() => undefined);
    if (answer?.ok && !(await answer.text()).includes("<beffroi-wait>")) location.reload();
    else waitForEnd(Math.min(seconds * 1.25, MOST_SECONDS));
  }, seconds * 1000);
}
