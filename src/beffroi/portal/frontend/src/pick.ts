/** Choosing a place: a click, or Enter at the middle of the map, fills two fields; what is typed there moves the mark. */

import type { LngLat, Map as LibreMap } from "maplibre-gl";
import type { PickSpec } from "./spec";

type Position = [number, number];
const DECIMALS = 6;

/** Let the visitor choose; `mark` is told each choice, null for none. */
export function letChoose(map: LibreMap, pick: PickSpec, mark: (at: Position | null) => void): void {
  const east = document.getElementById(pick.longitude);
  const north = document.getElementById(pick.latitude);
  if (!(east instanceof HTMLInputElement) || !(north instanceof HTMLInputElement)) return;
  const choose = (at: LngLat): void => {
    const { lng, lat } = at.wrap();
    east.value = lng.toFixed(DECIMALS);
    north.value = lat.toFixed(DECIMALS);
    mark([lng, lat]);
  };
  const follow = (): void => {
    const at = typed(east, north);
    if (at) map.jumpTo({ center: at });
    mark(at);
  };
  map.on("click", (event) => choose(event.lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(map.getCenter());
  });
  map.getCanvas().style.cursor = "crosshair";
  for (const field of [east, north]) field.addEventListener("change", follow);
  if (typed(east, north)) follow();
  else if (pick.around) map.jumpTo({ center: pick.around });
}

function typed(east: HTMLInputElement, north: HTMLInputElement): Position | null {
  const [lng = NaN, lat = NaN] = [east, north].map((field) => parseFloat(field.value.replace(",", ".")));
  return Math.abs(lng) <= 180 && Math.abs(lat) <= 90 ? [lng, lat] : null;
}
