/** A form whose answer takes its time says so, and is not sent twice. */

export function sayWhileBusy(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const place = form.querySelector<HTMLElement>(".busy");
    if (!place || event.defaultPrevented) return;
    if (document.querySelector(".busy:not(:empty)")) {
      event.preventDefault();
      return;
    }
    place.textContent = place.dataset["said"] ?? "";
    mark(true);
  });
  // who stops the browser, or comes back to the page, may send it again
  addEventListener("keydown", (event) => event.key === "Escape" && atRest());
  addEventListener("pageshow", (event) => event.persisted && atRest());
}

function atRest(): void {
  for (const place of document.querySelectorAll(".busy")) place.textContent = "";
  mark(false);
}

/** Not `disabled`: what a disabled button says is not sent. */
function mark(busy: boolean): void {
  for (const place of document.querySelectorAll(".busy")) {
    for (const button of place.closest("form")?.querySelectorAll("button") ?? []) {
      if (busy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }
}
