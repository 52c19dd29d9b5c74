/** How far sources are read: bars that go on by themselves, and the report of each run at its end. */

import { LOCALE } from "./times";

/** How far one run is; a source alone waits for its turn. */
interface Standing {
  source: string;
  read?: number;
  total?: number | null;
  new?: number;
  changed?: number;
  same?: number;
  refused?: number;
}

/** A screen reader is told how far a run is no more often than this; of its end always. */
const SAID_SECONDS = 15;
const REFUSED_SECONDS = 30;

export function followRuns(): void {
  const panel = document.querySelector<HTMLElement>("beffroi-runs");
  if (panel) new Runs(panel).resume();
}

class Runs {
  private stream: EventSource | undefined;
  private told = Promise.resolve();
  private said = performance.now();

  constructor(private readonly panel: HTMLElement) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = panel.dataset["pause"] ?? "";
    button.addEventListener("click", () => {
      const goesOn = this.stream !== undefined;
      button.textContent = panel.dataset[goesOn ? "resume" : "pause"] ?? "";
      if (goesOn) this.pause();
      else this.resume();
    });
    panel.querySelector(".again")?.replaceChildren(button);
  }

  resume(): void {
    const stream = new EventSource(this.panel.dataset["address"] ?? "");
    stream.onmessage = (event: MessageEvent<string>) => {
      const found = JSON.parse(event.data) as Standing[];
      this.told = this.told.then(() => this.tell(found));
    };
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return; // it is taken up again by itself
      setTimeout(() => this.stream === stream && this.resume(), REFUSED_SECONDS * 1000);
    };
    this.stream = stream;
  }

  private pause(): void {
    this.stream?.close();
    this.stream = undefined;
  }

  private async tell(found: Standing[]): Promise<void> {
    for (const standing of found) show(standing);
    const going = new Set(found.map((one) => one.source));
    if (followed().some((section) => !going.has(section.dataset["source"] ?? ""))) await this.showReports();
    else this.sayNowAndThen();
  }

  /** The page as it is now has the reports of the runs that have ended. Others may have begun again. */
  private async showReports(): Promise<void> {
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) {
      location.reload();
      return;
    }
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = followed().map((section) => {
      const fresh = sections(next).find((one) => one.dataset["source"] === section.dataset["source"]);
      if (fresh?.querySelector(".run")) return "";
      if (fresh) exchange(section, document.adoptNode(fresh));
      else section.remove();
      return fresh ? reportOf(fresh) : "";
    });
    const list = next.getElementById("runs-under-way");
    if (list && followed().length) document.getElementById("runs-under-way")?.replaceWith(document.adoptNode(list));
    else this.end();
    if (said.some(Boolean)) this.say(said);
  }

  private end(): void {
    this.pause();
    const focused = this.panel.contains(document.activeElement);
    this.panel.remove();
    if (focused) document.getElementById("content")?.focus();
  }

  private sayNowAndThen(): void {
    if (performance.now() - this.said < SAID_SECONDS * 1000) return;
    const going = followed().filter((section) => section.querySelector(".goes:not([hidden])"));
    this.say(going.map((section) => `${nameOf(section)}: ${shown(section.querySelector<HTMLElement>(".goes dl div"))}`));
  }

  private say(sentences: string[]): void {
    this.said = performance.now();
    const place = document.getElementById("runs-said");
    if (place) place.textContent = sentences.filter(Boolean).join(". ");
  }
}

function sections(within: Document): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>("section[data-source]")];
}

/** The sources that are being read, or wait for it, by what the page shows. */
function followed(): HTMLElement[] {
  return sections(document).filter((section) => section.querySelector(".run"));
}

function show(standing: Standing): void {
  const run = followed().find((one) => one.dataset["source"] === standing.source)?.querySelector(".run");
  const bar = run?.querySelector("progress");
  if (!run || !bar) return;
  const reading = standing.read !== undefined;
  run.querySelector(".waits")?.toggleAttribute("hidden", reading);
  run.querySelector(".goes")?.toggleAttribute("hidden", !reading);
  run.querySelector(".of")?.toggleAttribute("hidden", !standing.total);
  for (const place of run.querySelectorAll<HTMLElement>("[data-count]")) {
    const count = standing[place.dataset["count"] as keyof Standing] ?? 0;
    place.textContent = count.toLocaleString(LOCALE);
  }
  if (standing.total) {
    bar.max = standing.total;
    bar.value = standing.read ?? 0;
  } else bar.removeAttribute("value");
}

/** Put a fresh section in the place of an old one; what was open stays open, and who was in it stays there. */
function exchange(old: HTMLElement, fresh: HTMLElement): void {
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map(keyOf));
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  for (const summary of fresh.querySelectorAll("summary")) {
    if (open.has(keyOf(summary))) summary.parentElement?.setAttribute("open", "");
  }
  if (!focused) return;
  const places = [...fresh.querySelectorAll<HTMLElement>("a, button, summary, [tabindex]")];
  const heading = fresh.querySelector<HTMLElement>("h2");
  const again = places.find((place) => keyOf(place) === keyOf(focused)) ?? heading;
  if (again === heading) heading?.setAttribute("tabindex", "-1");
  again?.focus({ preventScroll: true });
}

/** By this the same thing is found again in a later version of the page. */
function keyOf(element: Element): string {
  return `${element.tagName} ${element.getAttribute("aria-label") ?? element.firstChild?.textContent?.trim()}`;
}

/** What is said of a run at its end: the name of its source with how it stands, why it stopped, its counts. */
function reportOf(section: HTMLElement): string {
  const counts = [...section.querySelectorAll<HTMLElement>("tbody tr:first-child td")];
  const said = counts.map((cell) => `${cell.dataset["head"]} ${plain(cell)}`).join(", ");
  return [`${nameOf(section)}: ${said}`, plain(section.querySelector(".problem"))].filter(Boolean).join(". ");
}

const nameOf = (section: HTMLElement): string => plain(section.querySelector("h2"));

/** What is seen of it: what is hidden is left out. */
const shown = (element: HTMLElement | null): string => element?.innerText.replace(/\s+/g, " ").trim() ?? "";

const plain = (element: Element | null): string => element?.textContent?.replace(/\s+/g, " ").trim() ?? "";
