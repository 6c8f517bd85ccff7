// Drawing one line by mouse, touch or keyboard, and its stops. Every way ends in the same history.
import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import { Adjusting } from "./adjusting.ts";
import { Band } from "./band.ts";
import { setFeatures } from "./features.ts";
import { lengthM, middles, nearestIndex, rounded, sayMiles } from "./geometry.ts";
import { Handles } from "./handles.ts";
import { addPoint, cleared, finish, History, insertPoint, movePoint, removePoint, type Sketch, withPoints } from "./history.ts";
import type { Place, RouteOnMap } from "./messages.ts";
import { type StopAct, Stops } from "./stops.ts";

export type Mode = "draw" | "adjust" | "stops" | "look";

/** A click this near to the last point ends the line; a key press this near to a point takes it. Screen pixels. */
const NEAR_PX = 12;
const DOUBLE_CLICK_MS = 600;
const PICK_PX = 40;
/** A pointer that rests this long may be where the next point goes. */
const REST_MS = 200;
/** While a handle is dragged, its line is told at most this often. */
const MOVING_MS = 120;

export interface DrawingEvents {
  /** The line has changed: draw it, send it. */
  changed(sketch: Sketch): void;
  /** A point is being dragged: the line as it is now, not yet a step that can be undone. */
  moving(sketch: Sketch): void;
  /** The pointer rests: the line as it would be with one more point there. */
  ahead(points: readonly Place[]): void;
  /** A stop shall be moved, added or removed. */
  stop(act: StopAct, routeId: string, at: Place, to: Place): void;
  /** The mode or what can be undone has changed. */
  state(): void;
  say(text: string): void;
}

export class Drawing {
  readonly history = new History();
  mode: Mode = "look";
  /** The point that the keyboard has picked up, or -1. */
  picked = -1;
  readonly stops: Stops;
  private readonly adjusting: Adjusting;
  private readonly handles: Handles;
  /** The way along streets shown last: it stays until the new one is there. */
  private lastLine: readonly Place[] = [];
  private toldAt = -Infinity;
  /** True while a step back or forward is told. */
  stepped = false;
  private readonly band: Band;
  private finishedAt = -Infinity;
  private resting = 0;

  constructor(
    private readonly map: MapLibreMap,
    private readonly slot: () => number,
    private readonly lineColor: (slot?: number) => string,
    private readonly events: DrawingEvents,
  ) {
    const moved = (points: Place[]): void => this.change(withPoints(this.sketch, points, true));
    this.band = new Band(map);
    this.adjusting = new Adjusting(map, moved, (points) => events.moving(withPoints(this.sketch, points, true)));
    this.handles = new Handles(map, {
      moved: (at, place) => this.change(this.handled(at, place)),
      moving: (at, place) => this.tellMoving(this.handled(at, place)),
      removed: (at) => this.removeAt(at / 2),
    });
    this.stops = new Stops(map, events);
    map.on("click", (event) => this.onClick(event));
    map.on("dblclick", (event) => {
      // the double click that ends a line must not zoom the map as well
      if (performance.now() - this.finishedAt < DOUBLE_CLICK_MS) event.preventDefault();
    });
    map.on("mousemove", (event) => {
      const place = rounded(event.lngLat.lng, event.lngLat.lat);
      this.showBand(place);
      this.lookAhead(place);
    });
    map.on("mouseout", () => {
      this.showBand(null);
      window.clearTimeout(this.resting);
    });
  }

  get sketch(): Sketch {
    return this.history.sketch;
  }

  setMode(mode: Mode): void {
    if (mode === "adjust" && this.sketch.points.length < 2) mode = "draw";
    if (mode === "stops" && !this.stops.any) mode = this.sketch.finished ? "adjust" : "draw";
    this.mode = mode;
    this.picked = -1;
    this.map.getCanvas().style.cursor = mode === "draw" ? "crosshair" : "";
    if (mode === "draw") this.map.doubleClickZoom.disable();
    else this.map.doubleClickZoom.enable();
    this.render();
    this.events.state();
  }

  /** Makes `next` the line, as one step that can be undone. */
  change(next: Sketch): void {
    if (!this.history.push(next)) return;
    this.afterChange();
  }

  /** What Python sends: another line or form as a step, or what completes the present one. */
  receive(next: Sketch, amend: boolean): void {
    if (amend) this.history.amend(next);
    else if (!this.history.push(next)) return;
    if (!amend && next.points.length > 1 && this.mode !== "stops") this.setMode("adjust");
    this.afterChange();
  }

  /** Another form with the same line, as one step; whatever the person is doing goes on. */
  note(form: string): void {
    if (this.history.push({ ...this.sketch, form })) this.events.state();
  }

  /** Stops that can be moved, on the routes shown. */
  setStops(routes: readonly RouteOnMap[]): void {
    this.stops.set(routes);
    if (this.mode === "stops") this.setMode("stops");
    else this.events.state();
  }

  undo(): void {
    if (!this.history.undo()) return this.events.say("Nothing to undo.");
    this.step();
    this.events.say(`Undone. ${this.describe()}`);
  }

  redo(): void {
    if (!this.history.redo()) return this.events.say("Nothing to redo.");
    this.step();
    this.events.say(`Done again. ${this.describe()}`);
  }

  clear(): void {
    this.change(cleared(this.sketch));
    this.setMode("draw");
    this.events.say("Line cleared. Undo brings it back.");
  }

  /** Adds a point; on the last point again, ends the line. */
  addAt(place: Place): void {
    const last = this.sketch.points.at(-1);
    if (last && this.sketch.points.length > 1 && this.isNear(last, place, NEAR_PX)) return this.finish();
    if (last && this.isNear(last, place, 2)) return;
    this.change(addPoint(this.sketch, place));
    this.events.say(`Point ${this.sketch.points.length}. ${this.sketch.points.length > 1 ? sayMiles(lengthM(this.sketch.points)) : ""}`);
  }

  finish(): void {
    if (this.sketch.points.length < 2) return this.events.say("A route needs at least two points.");
    this.finishedAt = performance.now();
    this.change(finish(this.sketch));
    this.setMode("adjust");
    this.events.say(`Line finished. ${this.describe()}`);
  }

  /** What Space does in adjust mode: take the nearest point, or put the taken one down at `place`. */
  pickOrDrop(place: Place): void {
    if (this.picked >= 0) {
      const moved = this.picked;
      this.picked = -1;
      this.change(movePoint(this.sketch, moved, place));
      return this.events.say(`Point ${moved + 1} put down.`);
    }
    this.picked = this.nearest(place);
    this.events.say(this.picked < 0 ? "No point of the line is near the cross-hair." : `Point ${this.picked + 1} picked up. Move the map, then press Space to put it down.`);
    this.render();
  }

  removeNearest(place: Place): void {
    const at = this.nearest(place);
    if (at < 0) return this.events.say("No point of the line is near the cross-hair.");
    this.removeAt(at);
  }

  private removeAt(at: number): void {
    if (this.sketch.points.length <= 2) return this.events.say("A route needs at least two points.");
    this.change(removePoint(this.sketch, at));
    this.events.say(`Point ${at + 1} removed.`);
  }

  /** The dotted line from the last point to where the next one would go. */
  showBand(to: Place | null): void {
    const last = this.picked >= 0 ? this.sketch.points[this.picked] : this.sketch.points.at(-1);
    const show = to && last && (this.mode === "draw" || this.picked >= 0);
    this.band.show(show ? [last, to] : null, this.lineColor());
  }

  /** Draws everything again, e.g. after the colours have changed. */
  render(): void {
    const { points, laid } = this.sketch;
    const adjusting = this.mode === "adjust" && points.length >= 2;
    if (laid?.line.length) this.lastLine = laid.line;
    const line = laid && this.lastLine.length && points.length > 1 ? this.lastLine : points;
    this.setLines("sketch", line.length > 1 ? [line] : []);
    const showPoints = this.mode === "draw";
    setFeatures(this.map, "sketch_points", showPoints ? points.map((place, i) => ({
      type: "Feature", properties: { slot: this.slot(), last: i === points.length - 1 }, geometry: { type: "Point", coordinates: place },
    })) : []);
    this.showBand(null);
    if (adjusting && !laid) this.adjusting.show(points, this.lineColor());
    else this.adjusting.hide();
    if (adjusting && laid) this.showHandles(points, line);
    else this.handles.hide();
    if (this.mode === "stops") this.stops.show((slot) => this.lineColor(slot));
    else this.stops.hide();
  }

  describe(): string {
    const n = this.sketch.points.length;
    if (n === 0) return "No line.";
    return n === 1 ? "One point." : `${n} points, ${sayMiles(lengthM(this.sketch.points))}.`;
  }

  /** Handles of a line along streets: its points, and one in the middle of each stretch that becomes a point when dragged. */
  private showHandles(points: readonly Place[], line: readonly Place[]): void {
    const between = middles(line, points);
    this.handles.show(points.flatMap((place, i) => [
      { place, kind: "point" as const, removable: points.length > 2, label: `Point ${i + 1} of ${points.length}. Arrow keys move it, Delete removes it.` },
      ...(i < between.length ? [{ place: between[i]!, kind: "middle" as const, removable: false, label: `Between points ${i + 1} and ${i + 2}. Arrow keys bend the line.` }] : []),
    ]), this.lineColor());
  }

  /** The line with handle `at` moved: even ones are points, odd ones lie between two. */
  private handled(at: number, place: Place): Sketch {
    return at % 2 ? insertPoint(this.sketch, (at + 1) / 2, place) : movePoint(this.sketch, at / 2, place);
  }

  private tellMoving(sketch: Sketch): void {
    const now = performance.now();
    if (now - this.toldAt < MOVING_MS) return;
    this.toldAt = now;
    this.events.moving(sketch);
  }

  /** After a step back or forward, or a reload: what Python keeps with the line has changed as well. */
  step(): void {
    this.stepped = true;
    this.afterChange();
    this.stepped = false;
  }

  private afterChange(): void {
    const { points, finished } = this.sketch;
    if (this.mode === "adjust" && (!finished || points.length < 2)) this.setMode("draw");
    else if (this.mode === "draw" && finished) this.setMode("adjust");
    else this.render();
    this.events.changed(this.sketch);
    this.events.state();
  }

  /** Tells what the next click would draw, once the pointer rests. */
  private lookAhead(place: Place): void {
    window.clearTimeout(this.resting);
    if (this.mode !== "draw" || this.sketch.points.length === 0) return;
    this.resting = window.setTimeout(() => this.events.ahead([...this.sketch.points, place]), REST_MS);
  }

  private onClick(event: MapMouseEvent): void {
    window.clearTimeout(this.resting);
    if (this.mode === "stops" && !event.defaultPrevented) {
      event.preventDefault();
      return this.stops.addAt(rounded(event.lngLat.lng, event.lngLat.lat));
    }
    if (this.mode !== "draw" || event.defaultPrevented) return;
    event.preventDefault(); // this click is a point of the line, not a question about an area
    this.addAt(rounded(event.lngLat.lng, event.lngLat.lat));
  }

  private nearest(place: Place): number {
    return nearestIndex(this.sketch.points.map((point) => this.map.project(point)), this.map.project(place), PICK_PX);
  }

  private isNear(a: Place, b: Place, limitPx: number): boolean {
    return nearestIndex([this.map.project(a)], this.map.project(b), limitPx) === 0;
  }

  private setLines(source: string, lines: readonly (readonly Place[])[]): void {
    setFeatures(this.map, source, lines.map((line) => ({
      type: "Feature", properties: { slot: this.slot() }, geometry: { type: "LineString", coordinates: line as Place[] },
    })));
  }
}
