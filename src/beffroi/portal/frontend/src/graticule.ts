/** Meridians and parallels at round degrees, as many as a view can bear. */

const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

export interface View {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Remembers what is drawn, so that a move within it draws nothing anew. */
export class Graticule {
  private step = 0;
  private drawn: View = { west: 0, south: 0, east: 0, north: 0 };

  /** The lines for a view and as much again on each side; undefined while the last ones still do. */
  linesFor(view: View): GeoJSON.FeatureCollection | undefined {
    const wide = view.east - view.west;
    const step = STEPS.find((size) => wide / size >= 6) ?? 0.001;
    const { west, south, east, north } = this.drawn;
    const inside = view.west >= west && view.east <= east && view.south >= south && view.north <= north;
    if (inside && step === this.step) return undefined;
    const tall = view.north - view.south;
    this.step = step;
    this.drawn = {
      west: Math.max(-360, view.west - wide),
      south: Math.max(-85, view.south - tall),
      east: Math.min(360, view.east + wide),
      north: Math.min(85, view.north + tall),
    };
    return lines(this.drawn, step);
  }
}

function lines({ west, south, east, north }: View, step: number): GeoJSON.FeatureCollection {
  const coordinates: GeoJSON.Position[][] = [];
  for (let n = Math.ceil(west / step); n * step <= east; n++) coordinates.push([[n * step, south], [n * step, north]]);
  for (let n = Math.ceil(south / step); n * step <= north; n++) coordinates.push([[west, n * step], [east, n * step]]);
  return {
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates } }],
  };
}
