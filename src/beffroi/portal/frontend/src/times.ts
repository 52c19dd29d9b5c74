/** Keep "3 minutes ago" true while a page stays open. */

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const root = document.documentElement;

/** How numbers and moments are written here: the language of the page as one region writes it. */
export const LOCALE = root.dataset["locale"] || root.lang;

const started = performance.now();
const served = Date.parse(root.dataset["now"] ?? "") || Date.now();

/** The node's clock, as far as this page knows it. */
export function nodeNow(): number {
  return served + performance.now() - started;
}

/** How long ago, in the language of the page. */
export function ago(moment: number): string {
  const seconds = (moment - nodeNow()) / 1000;
  if (Math.abs(seconds) < 5) return root.dataset["justNow"] ?? "";
  const said = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always" });
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size * 1.2) ?? ["second", 1];
  return said.format(Math.round(seconds / size), unit);
}

/** A date in words; the first of a month is « 1er » in French, which browsers do not say. */
export function inWords(date: string): string {
  return LOCALE.startsWith("fr") ? date.replace(/(?<!\d)1(?= \p{L})/u, "1er") : date;
}

export function showMoment(element: HTMLTimeElement, moment: string): void {
  element.dateTime = moment;
  element.title = inWords(new Date(moment).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "medium" }));
  element.textContent = ago(Date.parse(moment));
}

export function keepTimesFresh(): void {
  setInterval(() => {
    for (const element of document.querySelectorAll<HTMLTimeElement>("time[title]")) {
      const moment = Date.parse(element.dateTime);
      if (moment) element.textContent = ago(moment);
    }
  }, 10_000);
}
