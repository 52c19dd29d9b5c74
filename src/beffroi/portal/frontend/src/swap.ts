/** Change the map's layer without loading the page again; the links work without this, too. */

import type { CityMap } from "./map";

export function swapLayers(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-swap]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    void go(link.href, true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-part] form.by")) return;
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    void go(`${form.action}?${query}`, true);
  });
  showCurrent();
  if (document.querySelector("[data-swap]")) addEventListener("popstate", () => void go(location.href, false));
}

async function go(address: string, remember: boolean): Promise<void> {
  const answer = await fetch(address).catch(() => undefined);
  if (!answer?.ok) {
    location.href = address;
    return;
  }
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = next.getElementById(part.id);
    if (fresh) part.replaceWith(document.adoptNode(fresh));
  }
  if (focused) document.getElementById(focused)?.focus();
  markCurrent(next);
  if (remember) history.pushState(null, "", address);
  const spec = next.querySelector("beffroi-map script")?.textContent;
  if (spec) document.querySelector<CityMap>("beffroi-map")?.show(JSON.parse(spec));
}

/** On a phone the list of layers scrolls sideways: bring the chosen one into view. */
function showCurrent(): void {
  const list = document.querySelector(".layers");
  const current = list?.querySelector<HTMLElement>("[aria-current]");
  if (list && current) list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
}

function markCurrent(next: Document): void {
  const current = next.querySelector("a[data-swap][aria-current]")?.getAttribute("href");
  for (const link of document.querySelectorAll("a[data-swap]")) {
    if (link.getAttribute("href") === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const other of document.querySelectorAll(".tongues a")) {
    const fresh = next.querySelector(`.tongues a[hreflang="${other.getAttribute("hreflang")}"]`);
    if (fresh) other.setAttribute("href", fresh.getAttribute("href") ?? "");
  }
}
