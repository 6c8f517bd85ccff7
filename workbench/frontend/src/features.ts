// What lies on the map changes only where it is new: setting the same features again would have the whole map painted again.
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";

const shown = new WeakMap<GeoJSONSource, string>();

/** Gives a source these features; returns whether they differ from those it had. */
export function setFeatures(map: MapLibreMap, name: string, features: GeoJSON.Feature[]): boolean {
  const source = map.getSource(name) as GeoJSONSource | undefined;
  if (!source) return false;
  const text = JSON.stringify(features);
  if ((shown.get(source) ?? "[]") === text) return false;
  shown.set(source, text);
  source.setData({ type: "FeatureCollection", features });
  return true;
}
