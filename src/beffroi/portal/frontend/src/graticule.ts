/** Meridians and parallels at round degrees, as many as a view can bear. */

const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

export interface View {
  west: number;
  south: number;
  east: number;
  north: number;
}

export function graticule(view: View): GeoJSON.FeatureCollection {
  const wide = view.east - view.west;
  const step = STEPS.find((size) => wide / size >= 6) ?? 0.001;
  const lines: GeoJSON.Position[][] = [];
  const [west, east] = [Math.floor(view.west / step) - 1, Math.ceil(view.east / step) + 1];
  const [south, north] = [Math.floor(view.south / step) - 1, Math.ceil(view.north / step) + 1];
  if (east - west > 200 || north - south > 200) return { type: "FeatureCollection", features: [] };
  for (let n = west; n <= east; n++) lines.push([[n * step, Math.max(-85, south * step)], [n * step, Math.min(85, north * step)]]);
  for (let n = south; n <= north; n++) lines.push([[west * step, n * step], [east * step, n * step]]);
  return {
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } }],
  };
}
