/** `<beffroi-map>`: the city on a map that asks nobody but this node. */

import {
  LngLatBounds, Map as LibreMap, NavigationControl, Popup, ScaleControl, addProtocol, setWorkerUrl,
} from "maplibre-gl"; // prettier-ignore
import type { GeoJSONSource, PointLike, StyleSpecification } from "maplibre-gl";
import { feed, type Change } from "./live";
import { Graticule } from "./graticule";
import { PlaceNames } from "./names";
import { groundLayers, thingLayers, tileLayers } from "./paint";
import { letChoose } from "./pick";
import { closeByKey, popupContent } from "./popup";
import type { MapSpec } from "./spec";
import { calm, needStyle, onScheme } from "./style";

const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
type Paint = Parameters<LibreMap["setPaintProperty"]>[1];

const CLICKABLE = ["points", "lines", "areas"];
const NEWS_MS = 1_600;

setWorkerUrl(WORKER);
needStyle(MAP_STYLE);

export class CityMap extends HTMLElement {
  private spec!: MapSpec;
  private map: LibreMap | undefined;
  private popup: Popup | undefined;
  private names: PlaceNames | undefined;
  private graticule = new Graticule();
  private fading: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    const fold = this.closest("details");
    if (fold && !fold.open) fold.addEventListener("toggle", () => this.begin(), { once: true });
    else this.begin();
  }

  private begin(): void {
    const text = this.querySelector("script")?.textContent;
    if (!text || this.map) return;
    this.spec = JSON.parse(text) as MapSpec;
    this.start().catch((failure: unknown) => this.fail(failure));
  }

  /** Show something else on the same ground. */
  show(spec: MapSpec): void {
    this.spec = spec;
    this.popup?.remove();
    if (this.map) this.repaint();
    this.load(false).catch((failure: unknown) => this.fail(failure));
  }

  private async start(): Promise<void> {
    const canvas = this.querySelector<HTMLElement>(".canvas");
    if (!canvas) return;
    const label = canvas.getAttribute("aria-label") ?? "";
    const say = this.spec.say;
    this.map = new LibreMap({
      container: canvas,
      style: await this.ground(),
      center: [3.06, 50.63],
      zoom: 10,
      attributionControl: this.spec.base.kind === "style" ? { compact: true } : false,
      fadeDuration: calm() ? 0 : 150,
      dragRotate: false,
      pitchWithRotate: false,
      locale: {
        "Map.Title": label,
        "NavigationControl.ZoomIn": say["zoomIn"] ?? "",
        "NavigationControl.ZoomOut": say["zoomOut"] ?? "",
        "Popup.Close": say["close"] ?? "",
      },
    });
    canvas.removeAttribute("role");
    canvas.removeAttribute("aria-label");
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    await this.map.once("load");
    canvas.classList.add("ready");
    this.listen(this.map);
    await this.load(true);
    this.dataset["state"] = "drawn";
  }

  private listen(map: LibreMap): void {
    map.on("move", () => this.rule());
    onScheme(() => void this.ground().then((style) => this.turn(map, style)));
    if (this.spec.pick) {
      letChoose(map, this.spec.pick, (at) => this.mark(at));
      return;
    }
    if (!this.spec.live) this.names = new PlaceNames(map, this.spec.say, (at) => this.tellAt(at, 10));
    map.on("click", (event) => this.tellAt([event.point.x, event.point.y], 6));
    for (const layer of CLICKABLE) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const { clientWidth, clientHeight } = map.getCanvas();
      this.tellAt([clientWidth / 2, clientHeight / 2], 60);
    });
    if (!this.spec.live) return;
    feed.addEventListener("change", (event) => this.update((event as CustomEvent<Change[]>).detail));
    feed.addEventListener("missed", () => void this.load(false));
  }

  /** Another ground, as when the visitor's system turns dark: everything is drawn anew. */
  private async turn(map: LibreMap, style: StyleSpecification): Promise<void> {
    map.setStyle(style, { diff: false });
    await map.once("style.load");
    this.graticule = new Graticule();
    await this.load(false);
  }

  /** Fetch the features, draw them, and go on with their changes. */
  private async load(fit: boolean): Promise<void> {
    const { features, live, places, shape } = this.spec;
    if (shape) {
      const one = placed(shape);
      this.source("things")?.setData({ ...EMPTY, features: [one] });
      this.fit([one], 14);
    }
    if (live) feed.open(live);
    const found = places ?? (features ? await this.fetched(features) : undefined);
    if (!found) return;
    this.source("things")?.setData(found);
    this.rule();
    this.names?.show(found.features);
    if (fit) this.fit(found.features, 15);
    this.dataset["count"] = String(found.features.length);
  }

  /** Show the place that was chosen. */
  private mark(at: [number, number] | null): void {
    const { shape: _, ...rest } = this.spec;
    this.spec = at ? { ...rest, shape: { type: "Point", coordinates: at } } : rest;
    const chosen: GeoJSON.Feature[] = this.spec.shape ? [placed(this.spec.shape)] : [];
    this.source("things")?.setData({ ...EMPTY, features: chosen });
    this.dataset["chosen"] = at ? at.map((each) => each.toFixed(6)).join(" ") : "";
    this.rule();
  }

  private async fetched(address: string): Promise<GeoJSON.FeatureCollection> {
    const answer = await fetch(address);
    return (await answer.json()) as GeoJSON.FeatureCollection;
  }

  private fit(features: GeoJSON.Feature[], maxZoom: number): void {
    const bounds = new LngLatBounds();
    for (const feature of features) eachPosition(feature.geometry, (at) => bounds.extend([at[0] ?? 0, at[1] ?? 0]));
    if (!bounds.isEmpty()) this.map?.fitBounds(bounds, { padding: 36, maxZoom, animate: false });
  }

  /** Changed things take their new places and colours; a ring shows for a moment where that was. */
  private update(changes: Change[]): void {
    const add = changes.flatMap((change) => (change.f ? [change.f] : []));
    const remove = changes.filter((change) => !change.f).map((change) => change.i);
    void this.source("things")?.updateData({ add, remove });
    this.dataset["changes"] = String(Number(this.dataset["changes"] ?? 0) + changes.length);
    if (calm()) return;
    this.source("news")?.setData({ ...EMPTY, features: add.slice(0, 60) });
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.source("news")?.setData(EMPTY), NEWS_MS);
  }

  private tellAt(point: [number, number], reach: number): void {
    if (!this.map || this.spec.shape) return;
    const [x, y] = point;
    const box: [PointLike, PointLike] = [[x - reach, y - reach], [x + reach, y + reach]];
    const found = this.map.queryRenderedFeatures(box, { layers: CLICKABLE });
    if (!found.length) return;
    this.popup?.remove();
    const asked = document.activeElement;
    this.popup = new Popup({ maxWidth: "20rem", offset: 8 })
      .setLngLat(this.map.unproject(point))
      .setDOMContent(popupContent(found, this.spec))
      .addTo(this.map);
    closeByKey(this.popup, asked);
  }

  private repaint(): void {
    for (const layer of thingLayers(this.spec)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map?.setPaintProperty(layer.id, name as Paint, value);
      }
    }
  }

  /** Draw the graticule of the present view. */
  private rule(): void {
    const bounds = this.map?.getBounds();
    if (!bounds) return;
    const view = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    const lines = this.graticule.linesFor(view);
    if (lines) this.source("graticule")?.setData(lines);
  }

  private source(name: string): GeoJSONSource | undefined {
    return this.map?.getSource<GeoJSONSource>(name);
  }

  private async ground(): Promise<StyleSpecification> {
    const { kind, address } = this.spec.base;
    const ours: StyleSpecification = {
      version: 8,
      sources: {
        graticule: { type: "geojson", data: EMPTY },
        things: { type: "geojson", data: EMPTY, promoteId: "i" },
        news: { type: "geojson", data: EMPTY, promoteId: "i" },
      },
      layers: [...groundLayers(), ...thingLayers(this.spec)],
    };
    if (kind === "tiles" && address) return withTiles(ours, new URL(address, location.href).href);
    if (kind === "style" && address) return withStyle(ours, address);
    return ours;
  }

  private fail(failure: unknown): void {
    const note = this.querySelector<HTMLElement>(".map-note");
    if (note) note.textContent = this.spec.say["failed"] ?? "";
    this.querySelector(".canvas")?.classList.remove("ready");
    this.dataset["state"] = "failed";
    console.warn(failure);
  }
}

async function withTiles(ours: StyleSpecification, address: string): Promise<StyleSpecification> {
  const { PMTiles, Protocol, TileType } = await import("pmtiles");
  const protocol = new Protocol();
  const archive = new PMTiles(address);
  protocol.add(archive);
  addProtocol("pmtiles", protocol.tile);
  const vector = (await archive.getHeader()).tileType === TileType.Mvt;
  const [ground, ...rest] = ours.layers;
  const base = vector ? tileLayers() : [{ id: "base", type: "raster" as const, source: "base" }];
  return {
    ...ours,
    sources: { ...ours.sources, base: { type: vector ? "vector" : "raster", url: `pmtiles://${address}` } },
    layers: [...(ground ? [ground] : []), ...base, ...rest],
  };
}

async function withStyle(ours: StyleSpecification, address: string): Promise<StyleSpecification> {
  const theirs = (await (await fetch(address)).json()) as StyleSpecification;
  const own = ours.layers.filter((layer) => layer.id !== "ground" && layer.id !== "graticule");
  return { ...theirs, sources: { ...theirs.sources, ...ours.sources }, layers: [...theirs.layers, ...own] };
}

const placed = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({
  type: "Feature", properties: { i: "this" }, geometry,
});

function eachPosition(geometry: GeoJSON.Geometry | null, visit: (at: GeoJSON.Position) => void): void {
  if (!geometry) return;
  if (geometry.type === "GeometryCollection") {
    geometry.geometries.forEach((one) => eachPosition(one, visit));
    return;
  }
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") visit(part as GeoJSON.Position);
    else part.forEach(walk);
  };
  walk(geometry.coordinates);
}

customElements.define("beffroi-map", CityMap);
