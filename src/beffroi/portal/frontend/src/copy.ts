/** Buttons that copy an example, where the browser lets a page do that. */

export function offerCopies(within: ParentNode): void {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll<HTMLButtonElement>("button.copy")) {
    const label = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const code = button.parentElement?.querySelector("code")?.textContent ?? "";
      await navigator.clipboard.writeText(code);
      button.textContent = button.dataset["done"] ?? label;
      setTimeout(() => (button.textContent = label), 2_000);
    });
  }
}
