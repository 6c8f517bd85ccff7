// Painting the areas: one byte each, applied as feature state, only where it has changed.
import type { Map as MapLibreMap } from "maplibre-gl";
import { NO_CHANGE, sayChange } from "./change.ts";
import type { Metric } from "./messages.ts";

const SOURCE = "zones";
const EDGE = "zone-edge";

export interface Painted {
  values: Uint8Array;
  limit: number;
  metric: Metric;
  exact: boolean;
  /** What the legend says above the scale, where it is not the same for every result. */
  words?: string;
}

export class Results {
  painted: Painted | null = null;
  private hovered = -1;

  constructor(private readonly map: MapLibreMap) {}

  get hasZones(): boolean {
    return this.map.getSource(SOURCE) !== undefined;
  }

  /** Paints new values; returns how many areas changed their colour. */
  paint(next: Painted): number {
    const before = this.painted?.values;
    this.painted = next;
    if (!this.hasZones) return 0;
    let n = 0;
    next.values.forEach((value, zoneIx) => {
      if ((before?.[zoneIx] ?? NO_CHANGE) === value) return;
      this.map.setFeatureState({ source: SOURCE, id: zoneIx }, { v: value });
      n++;
    });
    return n;
  }

  /** Takes the colours off the map. */
  clear(): void {
    if (!this.painted) return;
    this.paint({ ...this.painted, values: new Uint8Array(this.painted.values.length).fill(NO_CHANGE) });
    this.painted = null;
  }

  /** Outlines one area, or none for -1. */
  hover(zoneIx: number): void {
    if (zoneIx === this.hovered || !this.hasZones) return;
    if (this.hovered >= 0) this.map.setFeatureState({ source: SOURCE, id: this.hovered }, { hover: false });
    if (zoneIx >= 0) this.map.setFeatureState({ source: SOURCE, id: zoneIx }, { hover: true });
    if (this.map.getLayer(EDGE)) this.map.setPaintProperty(EDGE, "line-opacity", zoneIx >= 0 ? 1 : 0);
    this.hovered = zoneIx;
  }

  /** The change of an area in words; empty while nothing is painted. */
  words(zoneIx: number): string {
    const value = this.painted?.values[zoneIx];
    return value === undefined || !this.painted || this.painted.metric === "walk" ? "" : sayChange(value, this.painted.limit, this.painted.metric);
  }
}
