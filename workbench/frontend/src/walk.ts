// Who lives within a walk of the stops: a dot for each block, as large as its people are many.
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { asBytes, type Binary } from "./messages.ts";

const SOURCE = "walk";

/** Blocks as they travel: float32 longitude, latitude and people, one after the other. */
export function walkFeatures(blocks: Binary, slot: number): GeoJSON.FeatureCollection {
  const bytes = asBytes(blocks).slice(); // aligned, whatever it lay in
  const values = new Float32Array(bytes.buffer);
  const features = Array.from({ length: values.length / 3 }, (_, row): GeoJSON.Feature => ({
    type: "Feature",
    properties: { people: values[3 * row + 2]!, slot },
    geometry: { type: "Point", coordinates: [values[3 * row]!, values[3 * row + 1]!] },
  }));
  return { type: "FeatureCollection", features };
}

export class Walk {
  private shown = false;

  constructor(private readonly map: MapLibreMap) {}

  show(blocks: Binary, slot: number): void {
    this.set(walkFeatures(blocks, slot));
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.set({ type: "FeatureCollection", features: [] });
    this.shown = false;
  }

  private set(data: GeoJSON.FeatureCollection): void {
    (this.map.getSource(SOURCE) as GeoJSONSource | undefined)?.setData(data);
  }
}
