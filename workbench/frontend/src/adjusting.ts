// Moving, adding and deleting points of a finished line with terra-draw, by mouse or touch.
import type { Map as MapLibreMap } from "maplibre-gl";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Place } from "./messages.ts";

type Hex = `#${string}`;

/** While a point is dragged, its line is told at most this often. */
const MOVING_MS = 120;

export class Adjusting {
  private draw: TerraDraw | null = null;
  private color = "";
  private shown = "";
  /** The line as it was told last: terra-draw also calls it a change when a line is shown or taken up. */
  private told = "";
  private moving = 0;

  constructor(
    private readonly map: MapLibreMap,
    private readonly onMoved: (points: Place[]) => void,
    private readonly onMoving: (points: Place[]) => void,
  ) {}

  /** Shows handles on the line; cheap when nothing has changed. */
  show(points: readonly Place[], color: string): void {
    const key = color + JSON.stringify(points);
    if (this.draw && key === this.shown) return;
    if (this.draw && color !== this.color) this.hide();
    this.color = color;
    this.draw ??= this.start(color as Hex);
    this.shown = this.told = key;
    this.draw.clear();
    const [added] = this.draw.addFeatures([
      { type: "Feature", properties: { mode: "linestring" }, geometry: { type: "LineString", coordinates: points as Place[] } },
    ]);
    if (added?.valid && added.id !== undefined) this.draw.selectFeature(added.id);
  }

  hide(): void {
    this.stopMoving();
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
    draw.on("change", (ids, type) => {
      if (type !== "update" || this.moving) return;
      const id = ids.find((one) => lineOf(draw, one));
      if (id === undefined) return;
      this.moving = window.setTimeout(() => {
        this.moving = 0;
        const points = lineOf(draw, id);
        if (points && this.isNews(points)) this.onMoving(points);
      }, MOVING_MS);
    });
    draw.on("finish", (id) => {
      this.stopMoving();
      const points = lineOf(draw, id);
      if (!points) return;
      this.shown = this.told = this.color + JSON.stringify(points);
      this.onMoved(points);
    });
    return draw;
  }

  private isNews(points: readonly Place[]): boolean {
    const key = this.color + JSON.stringify(points);
    const isNew = key !== this.told;
    this.told = key;
    return isNew;
  }

  private stopMoving(): void {
    window.clearTimeout(this.moving);
    this.moving = 0;
  }
}

/** The points of a line; nothing for the handles that terra-draw keeps as features of their own. */
function lineOf(draw: TerraDraw, id: string | number): Place[] | undefined {
  const geometry = draw.getSnapshotFeature(id)?.geometry;
  return geometry?.type === "LineString" ? (geometry.coordinates as Place[]) : undefined;
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
