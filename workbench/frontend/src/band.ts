// The dotted line from the last point to where the next one would go. It follows the pointer above the map: as a part of
// the map, every movement would have the whole city painted again.
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Place } from "./messages.ts";

const SVG = "http://www.w3.org/2000/svg";

export class Band {
  private readonly picture = document.createElementNS(SVG, "svg");
  private readonly line = document.createElementNS(SVG, "line");
  private ends: readonly [Place, Place] | null = null;

  constructor(private readonly map: MapLibreMap) {
    this.picture.classList.add("sk-band");
    this.picture.setAttribute("aria-hidden", "true");
    this.picture.append(this.line);
    map.getCanvasContainer().append(this.picture);
    map.on("move", () => this.place());
    this.show(null, "");
  }

  /** Shows the line between two places, or none. */
  show(ends: readonly [Place, Place] | null, color: string): void {
    this.ends = ends;
    this.picture.toggleAttribute("data-shown", ends !== null);
    this.line.setAttribute("stroke", color);
    this.place();
  }

  private place(): void {
    if (!this.ends) return;
    const [from, to] = this.ends.map((end) => this.map.project(end));
    const width = 2.5 + 1.5 * Math.min(Math.max((this.map.getZoom() - 9) / 5, 0), 1);
    const values = { x1: from!.x, y1: from!.y, x2: to!.x, y2: to!.y, "stroke-width": width, "stroke-dasharray": `${0.2 * width} ${2 * width}` };
    for (const [name, value] of Object.entries(values)) this.line.setAttribute(name, String(value));
  }
}
