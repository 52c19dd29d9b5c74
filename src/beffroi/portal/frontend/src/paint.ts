/** Colours and sizes of the map's layers, from the style sheet and the legend. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { colour } from "./style";
import type { MapSpec } from "./spec";

type Colour = string | ExpressionSpecification;

/** The colour of a feature: by its value, by its type, or one for all. */
export function featureColour(spec: MapSpec): Colour {
  const { legend, types } = spec;
  if (legend?.limits.length) return byNumber(legend.limits, legend.colours);
  if (legend && Object.keys(legend.words).length) return byWord(Object.keys(legend.words), legend.colours);
  if (spec.colour) return colour(spec.colour);
  const pairs = (types ?? []).flatMap((type) => [type.slug, colour(type.colour)]);
  return pairs.length ? expression(["match", ["get", "t"], ...pairs, colour("soft")]) : colour("link");
}

/** An expression built from lists, whose shape the compiler cannot see. */
const expression = (parts: unknown[]): ExpressionSpecification => parts as unknown as ExpressionSpecification;

function byNumber(limits: number[], names: string[]): ExpressionSpecification {
  const first = colour(names[0] ?? "soft");
  const steps = limits.flatMap((limit, place) => [limit, colour(names[place + 1] ?? "soft")]);
  const step = ["step", ["get", "v"], first, ...steps];
  return expression(["case", ["==", ["typeof", ["get", "v"]], "number"], step, colour("soft")]);
}

function byWord(words: string[], names: string[]): ExpressionSpecification {
  const pairs = words.flatMap((word, place) => [word, colour(names[place] ?? "soft")]);
  const other = names.length > words.length ? colour(names[words.length] ?? "soft") : colour("soft");
  return expression(["match", ["to-string", ["get", "v"]], ...pairs, other]);
}

const SIZE: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 9, 3, 12, 5, 15, 9, 18, 14];
const LARGER: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 9, 8, 12, 12, 15, 18, 18, 26];

const shape = (name: string): ExpressionSpecification => ["==", ["geometry-type"], name];

/** Rare kinds of things lie above frequent ones, which come first in the list. */
function order(spec: MapSpec): ExpressionSpecification {
  const pairs = (spec.types ?? []).flatMap((type, place) => [type.slug, place]);
  return pairs.length ? expression(["match", ["get", "t"], ...pairs, 0]) : expression(["literal", 0]);
}

/** The layers of the things themselves, above the ground and below the news. */
export function thingLayers(spec: MapSpec): LayerSpecification[] {
  const fill = featureColour(spec);
  return [
    {
      id: "areas", type: "fill", source: "things", filter: shape("Polygon"),
      paint: { "fill-color": fill, "fill-opacity": 0.28 },
    },
    {
      id: "lines", type: "line", source: "things", filter: ["!", shape("Point")],
      paint: { "line-color": fill, "line-width": 2 },
    },
    {
      id: "points", type: "circle", source: "things", filter: shape("Point"),
      layout: { "circle-sort-key": order(spec) },
      paint: {
        "circle-color": fill, "circle-radius": spec.live ? SIZE : 9,
        "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1.2,
      },
    },
    {
      id: "news", type: "circle", source: "news",
      paint: {
        "circle-color": "transparent", "circle-radius": LARGER, "circle-opacity": 0,
        "circle-stroke-color": colour("brick"), "circle-stroke-width": 2,
      },
    },
  ]; // prettier-ignore
}

/** The ground: a plain colour and the lines of the graticule. */
export function groundLayers(): LayerSpecification[] {
  return [
    { id: "ground", type: "background", paint: { "background-color": colour("map-ground") } },
    { id: "graticule", type: "line", source: "graticule", paint: { "line-color": colour("map-line"), "line-width": 1 } },
  ];
}

/** A city's own tiles in the schema of Protomaps or of OpenMapTiles; what an archive lacks is not drawn. */
export function tileLayers(): LayerSpecification[] {
  const of = (id: string, layer: string) => ({ id: `${id}-${layer}`, source: "base", "source-layer": layer });
  const water = colour("map-line");
  const green = colour("sunken");
  const road = { "line-color": colour("map-halo"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 0.5, 18, 12] as ExpressionSpecification };
  return [
    ...["landuse", "landcover", "park"].map((l) => ({ ...of("green", l), type: "fill" as const, paint: { "fill-color": green } })),
    ...["water"].map((l) => ({ ...of("water", l), type: "fill" as const, filter: shape("Polygon"), paint: { "fill-color": water } })),
    ...["waterway"].map((l) => ({ ...of("water", l), type: "line" as const, paint: { "line-color": water, "line-width": 1.5 } })),
    ...["roads", "transportation"].map((l) => ({ ...of("road", l), type: "line" as const, paint: road })),
    ...["buildings", "building"].map((l) => ({ ...of("building", l), type: "fill" as const, minzoom: 14, paint: { "fill-color": colour("line") } })),
    ...["boundaries", "boundary"].map((l) => ({ ...of("border", l), type: "line" as const, paint: { "line-color": colour("edge"), "line-dasharray": [3, 2] } })),
  ];
}
