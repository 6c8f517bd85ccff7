// Moving, adding and deleting points of a finished line with terra-draw, by mouse or touch.
import type { Map as MapLibreMap } from "maplibre-gl";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Place } from "./messages.ts";

type Hex = `#${string}`;

export class Adjusting {
  private draw: TerraDraw | null = null;
  private color = "";
  private shown = "";

  constructor(
    private readonly map: MapLibreMap,
    private readonly onMoved: (points: Place[]) => void,
  ) {}

  /** Shows handles on the line; cheap when nothing has changed. */
  show(points: readonly Place[], color: string): void {
    const key = color + JSON.stringify(points);
    if (this.draw && key === this.shown) return;
    if (this.draw && color !== this.color) this.hide();
    this.color = color;
    this.draw ??= this.start(color as Hex);
    this.shown = key;
    this.draw.clear();
    const [added] = this.draw.addFeatures([
      { type: "Feature", properties: { mode: "linestring" }, geometry: { type: "LineString", coordinates: points as Place[] } },
    ]);
    if (added?.valid && added.id !== undefined) this.draw.selectFeature(added.id);
  }

  hide(): void {
    this.draw?.stop();
    this.draw = null;
    this.shown = "";
  }

  private start(color: Hex): TerraDraw {
    const draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map: this.map, coordinatePrecision: 6 }),
      modes: [new TerraDrawLineStringMode({ styles: { lineStringColor: color, lineStringWidth: 6 } }), selectMode(color)],
    });
    draw.start();
    draw.setMode("select");
    draw.on("finish", (id) => {
      const geometry = draw.getSnapshotFeature(id)?.geometry;
      if (geometry?.type !== "LineString") return;
      const points = geometry.coordinates as Place[];
      this.shown = this.color + JSON.stringify(points);
      this.onMoved(points);
    });
    return draw;
  }
}

function selectMode(color: Hex): TerraDrawSelectMode {
  return new TerraDrawSelectMode({
    allowManualDeselection: false,
    keyEvents: null,
    pointerDistance: 30,
    flags: {
      linestring: { feature: { draggable: false, coordinates: { draggable: true, midpoints: { draggable: true }, deletable: true } } },
    },
    styles: {
      selectedLineStringColor: color,
      selectedLineStringWidth: 6,
      selectionPointColor: "#ffffff",
      selectionPointOutlineColor: color,
      selectionPointOutlineWidth: 3,
      selectionPointWidth: 6,
      midPointColor: color,
      midPointOutlineColor: "#ffffff",
      midPointOutlineWidth: 2,
      midPointWidth: 4,
    },
  });
}
