/** Names beside the points of a map of a few places: buttons that tell what is there; no name covers another. */

import { Marker } from "maplibre-gl";
import type { LngLatLike, Map as LibreMap } from "maplibre-gl";
import { besides, type Box } from "./besides";

/** Beyond so many, points stay without names: the list of the page is read sooner than they are. */
const MOST = 60;
const DOT = 10;
/** Half of the width of a button (`.place` in the style sheet). */
const HALF = 14;

type Point = [number, number];

interface Place {
  at: LngLatLike;
  button: HTMLButtonElement;
  name: HTMLElement;
}

export class PlaceNames {
  private places: Place[] = [];
  private markers: Marker[] = [];

  constructor(
    private map: LibreMap,
    private say: Record<string, string>,
    private tell: (at: Point) => void,
  ) {
    map.on("move", () => this.arrange());
    map.on("resize", () => this.arrange());
  }

  /** Name these points instead of those before; points at one place have one name. */
  show(features: GeoJSON.Feature[]): void {
    for (const marker of this.markers) marker.remove();
    const groups = [...byPlace(features)].slice(0, MOST);
    this.places = groups.map(([, names]) => this.place(names));
    this.markers = this.places.map(({ at, button }) => new Marker({ element: button }).setLngLat(at).addTo(this.map));
    this.arrange();
  }

  private place(found: GeoJSON.Feature<GeoJSON.Point>[]): Place {
    const [first, ...more] = found.map((one) => String(one.properties?.["n"] ?? ""));
    const at = found[0]?.geometry.coordinates as Point;
    const button = document.createElement("button");
    const name = document.createElement("span");
    button.type = "button";
    button.className = "place";
    button.setAttribute("role", "button");
    const language = found[0]?.properties?.["l"];
    if (language) button.lang = String(language);
    name.textContent = more.length ? `${first} + ${more.length}` : (first ?? "");
    button.setAttribute("aria-label", more.length ? `${first} + ${more.length} ${this.say["more"]}` : (first ?? ""));
    button.append(name);
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      const { x, y } = this.map.project(at);
      this.tell([x, y]);
    });
    return { at, button, name };
  }

  /** Put each name beside its point where it covers no point, no name and none of the map's own controls. */
  private arrange(): void {
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const points = this.places.map(({ at }) => this.map.project(at));
    const dots = points.map(({ x, y }) => ({ x: x - DOT, y: y - DOT, width: 2 * DOT, height: 2 * DOT }));
    const names = this.places.map(({ name }, place) => ({
      x: points[place]?.x ?? 0, y: points[place]?.y ?? 0, width: name.offsetWidth, height: name.offsetHeight,
    })); // prettier-ignore
    const found = besides(names, [...dots, ...this.controls()], { x: 0, y: 0, width, height });
    this.places.forEach(({ button, name }, place) => {
      const { box, free } = found[place] ?? { free: false };
      const { x, y } = points[place] ?? { x: 0, y: 0 };
      name.style.left = `${(box?.x ?? 0) - x + HALF}px`;
      name.style.top = `${(box?.y ?? 0) - y + HALF}px`;
      button.classList.toggle("quiet", !free);
    });
  }

  private controls(): Box[] {
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return [...this.map.getContainer().querySelectorAll(".maplibregl-ctrl")].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return { x: x - left, y: y - top, width, height };
    });
  }
}

function byPlace(features: GeoJSON.Feature[]): Map<string, GeoJSON.Feature<GeoJSON.Point>[]> {
  const found = new Map<string, GeoJSON.Feature<GeoJSON.Point>[]>();
  for (const feature of features) {
    if (feature.geometry?.type !== "Point") continue;
    const at = feature.geometry.coordinates.join(" ");
    found.set(at, [...(found.get(at) ?? []), feature as GeoJSON.Feature<GeoJSON.Point>]);
  }
  return found;
}
