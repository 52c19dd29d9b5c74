/** What a map is told by its page (`reading/layers.py`). */

export interface LegendSpec {
  name: string;
  unit: string;
  limits: number[];
  words: Record<string, string>;
  colours: string[];
}

export interface TypeSpec {
  slug: string;
  name: string;
  colour: string;
}

export interface BaseSpec {
  kind: "plain" | "tiles" | "style";
  address?: string;
}

/** The ids of the fields that a chosen place goes to, and where to look first. */
export interface PickSpec {
  longitude: string;
  latitude: string;
  around?: [number, number];
}

export interface MapSpec {
  entity: string;
  base: BaseSpec;
  say: Record<string, string>;
  /** A map of many things: where their features and changes come from. Without changes it is of a few places. */
  features?: string;
  live?: string;
  types?: TypeSpec[];
  colour?: string;
  legend?: LegendSpec | null;
  /** A map of a few places, each with its name `n` in the language `l` and what is said below it, `s`. */
  places?: GeoJSON.FeatureCollection;
  /** A map of one thing: its place. */
  shape?: GeoJSON.Geometry;
  /** A map on which a place is chosen for a form. */
  pick?: PickSpec;
}
