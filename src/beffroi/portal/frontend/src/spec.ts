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

export interface MapSpec {
  lang: string;
  entity: string;
  base: BaseSpec;
  say: Record<string, string>;
  /** A map of many things: where their features and changes come from. */
  features?: string;
  live?: string;
  types?: TypeSpec[];
  colour?: string;
  legend?: LegendSpec | null;
  /** A map of one thing: its place. */
  shape?: GeoJSON.Geometry;
}
