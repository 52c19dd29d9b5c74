/** `<beffroi-chart>`: the table of a series as a line, or of sums as bars, that can be read off with the pointer. */

import UPlot from "uplot";
import { LOCALE, inWords } from "./times";
import { colour, needStyle, onScheme } from "./style";

const HEIGHT = 190;
const DAY = 86_400;
const STEPPED = UPlot.paths.stepped?.({ align: 1 });
const BARS = UPlot.paths.bars?.({ size: [0.7, 48] });

needStyle(CHART_STYLE);

class Chart extends HTMLElement {
  private plot: UPlot | undefined;
  private readonly resized = new ResizeObserver(() => this.fitWidth());

  connectedCallback(): void {
    this.draw();
    this.resized.observe(this);
    onScheme(() => this.draw());
  }

  disconnectedCallback(): void {
    this.resized.disconnect();
    this.plot?.destroy();
  }

  private draw(): void {
    const data = this.read();
    if (data[0].length < 2) return;
    const holder = this.querySelector<HTMLElement>(".plot") ?? this.makeHolder();
    this.plot?.destroy();
    this.plot = new UPlot(this.options(), data, holder);
  }

  /** The numbers stand in the table: they are read from there, oldest first; a row without one breaks the line. */
  private read(): [number[], (number | null)[]] {
    const rows = [...this.querySelectorAll("tbody tr")].reverse();
    const times = rows.map((row) => Date.parse(row.querySelector("time")?.dateTime ?? "") / 1000);
    const numbers = rows.map((row) => row.querySelector("data"));
    const values = numbers.map((number) => (number ? Number(number.value) : null));
    return [times, values];
  }

  private makeHolder(): HTMLElement {
    const line = this.querySelector<SVGElement>("svg.line");
    const holder = document.createElement("div");
    holder.className = "plot";
    holder.role = "img";
    holder.ariaLabel = line?.getAttribute("aria-label") ?? "";
    line?.replaceWith(holder);
    this.querySelector(".axis")?.remove();
    return holder;
  }

  private options(): UPlot.Options {
    const lang = LOCALE;
    const unit = this.dataset["unit"] ? `\u202f${this.dataset["unit"]}` : "";
    const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") } };
    const sums = this.dataset["shape"] === "bars";
    const paths = sums ? BARS : STEPPED;
    const time = (seconds: number) =>
      inWords(new Date(seconds * 1000).toLocaleString(lang, sums ? { dateStyle: "medium", timeZone: "UTC" } : { dateStyle: "short", timeStyle: "medium" }));
    return {
      width: this.clientWidth,
      height: HEIGHT,
      cursor: { y: false },
      legend: { live: true },
      scales: { x: { time: true, ...(sums ? { range: aroundBars } : {}) }, y: { range: (_, low, high) => this.span(low, high) } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick, place) => tickText(tick, place, ticks, lang)), space: 80 },
        { ...axis, size: widest, values: (_, ticks) => ticks.map((tick) => `${tick.toLocaleString(lang)}${unit}`) },
      ],
      series: [
        { label: this.dataset["when"] ?? "", value: (_, at) => (at === null ? "–" : time(at)) },
        {
          label: this.dataset["name"] ?? "",
          stroke: colour("link"),
          width: 2,
          ...(sums ? { fill: colour("link") } : {}),
          ...(paths ? { paths } : {}),
          points: { show: false },
          value: (_, value) => (value === null ? "–" : `${value.toLocaleString(lang)}${unit}`),
        },
      ],
    };
  }

  /** What the axis of the numbers shows: `data-most` ends it; percents that are none above 100 end there at the latest. */
  private span(low: number | null, high: number | null): [number, number] {
    const most = this.dataset["most"] ? Number(this.dataset["most"]) : undefined;
    if (low === null || high === null) return [0, most ?? 100];
    const [first, last] = UPlot.rangeNum(low, high, 0.1, true);
    if (most !== undefined && high <= most) return [Math.max(first ?? 0, 0), most];
    const percents = this.dataset["unit"] === "%" && high <= 100;
    return [first ?? low, percents ? Math.min(last ?? 100, 100) : (last ?? high)];
  }

  private fitWidth(): void {
    if (this.plot && this.plot.width !== this.clientWidth) this.plot.setSize({ width: this.clientWidth, height: HEIGHT });
  }
}

/** The room that an axis needs for its longest label, in CSS pixels. */
function widest(plot: UPlot, labels: string[] | null, axis: number, cycle: number): number {
  const one = plot.axes[axis] as UPlot.Axis & { _size?: number };
  if (cycle > 1 && one._size) return one._size;
  plot.ctx.font = (one.font as unknown as string[] | undefined)?.[0] ?? plot.ctx.font;
  const widths = (labels ?? []).map((label) => plot.ctx.measureText(label).width / UPlot.pxRatio);
  return Math.ceil(Math.max(0, ...widths) + (one.ticks?.size ?? 10) + (one.gap ?? 5) + 2);
}

/** The span from the first bar to the last, with room for half a bar at each end. */
function aroundBars(plot: UPlot, first: number, last: number): [number, number] {
  const half = (last - first) / (2 * Math.max(plot.data[0].length - 1, 1));
  return [first - half, last + half];
}

/** Times of the day; the date where a new one begins; over years the month or the year alone. */
function tickText(tick: number, place: number, ticks: number[], lang: string): string {
  const now = new Date(tick * 1000);
  const before = place ? new Date((ticks[place - 1] ?? 0) * 1000) : undefined;
  const sameDay = before?.toDateString() === now.toDateString();
  const apart = (ticks[1] ?? tick) - (ticks[0] ?? tick);
  const close = apart < 60;
  if (sameDay || close) return now.toLocaleTimeString(lang, close ? { timeStyle: "medium" } : { hour: "2-digit", minute: "2-digit" });
  if (apart > 300 * DAY) return String(now.getFullYear());
  return inWords(now.toLocaleDateString(lang, apart > 27 * DAY ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" }));
}

customElements.define("beffroi-chart", Chart);
