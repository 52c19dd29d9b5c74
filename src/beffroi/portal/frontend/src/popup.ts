/** What a click on the map tells: names, values, and the way to the pages of the things. */

import { html, nothing, render } from "lit";
import type { MapGeoJSONFeature, Popup } from "maplibre-gl";
import { LOCALE } from "./times";
import type { MapSpec } from "./spec";

const MOST = 5;

/** Escape closes the popup; who asked for it with the keyboard goes on from there. */
export function closeByKey(popup: Popup, asked: Element | null): void {
  popup.getElement()?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    popup.remove();
    if (asked instanceof HTMLElement) asked.focus();
  });
}

export function popupContent(found: MapGeoJSONFeature[], spec: MapSpec): HTMLElement {
  const box = document.createElement("div");
  const unique = [...new Map(found.map((one) => [String(one.properties["i"]), one])).values()];
  const shown = unique.slice(0, MOST);
  render(
    html`${shown.map((one) => entry(one, spec))}
    ${unique.length > MOST ? html`<p class="none">+ ${unique.length - MOST} ${spec.say["more"]}</p>` : nothing}`,
    box,
  );
  return box;
}

function entry(feature: MapGeoJSONFeature, spec: MapSpec): unknown {
  const { i, l, n, s, t } = feature.properties;
  const kind = spec.types?.find((one) => one.slug === t)?.name ?? s;
  const value = valueText(feature.properties["v"], spec);
  return html`<div class="entry">
    <h2 lang=${l || nothing}>${n}</h2>
    ${kind ? html`<p class="none">${kind}</p>` : nothing}
    ${value ? html`<p>${spec.legend?.name} <b>${value}</b></p>` : nothing}
    ${spec.entity ? html`<p><a href=${spec.entity + encodeURIComponent(String(i)).replaceAll("%3A", ":")} aria-label="${spec.say["open"]}: ${n}">${spec.say["open"]}</a></p>` : nothing}
  </div>`;
}

function valueText(value: unknown, spec: MapSpec): string {
  if (!spec.legend) return "";
  if (typeof value === "number") {
    const number = value.toLocaleString(LOCALE, { maximumFractionDigits: 3 });
    return spec.legend.unit ? `${number}\u202f${spec.legend.unit}` : number;
  }
  if (value === null || value === undefined) return spec.say["none"] ?? "";
  return spec.legend.words[String(value)] ?? String(value);
}
