// The map of Assembly Lines: draw a route, see where it helps. One module for Panel's JSComponent and for plain pages.
import {
  AttributionControl,
  type LngLatBoundsLike,
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerSource from "maplibre-gl/dist/maplibre-gl-worker.mjs";
import "maplibre-gl/dist/maplibre-gl.css";
import "./sketchmap.css";
import { installPictures } from "./bullets.ts";
import { NO_CHANGE } from "./change.ts";
import { Drawing } from "./drawing.ts";
import { setFeatures } from "./features.ts";
import type { Sketch } from "./history.ts";
import { type Frames, spareFrames } from "./frames.ts";
import { keep, putBack } from "./kept.ts";
import { installKeyboard, KEYBOARD_HELP } from "./keyboard.ts";
import { Legend } from "./legend.ts";
import { asBytes, type FromPython, type Metric, type PanelModel, type Place, type ToPython } from "./messages.ts";
import { currentReading } from "./reading.ts";
import { type Painted, Results } from "./results.ts";
import { routeFeatures } from "./routes.ts";
import { applyStyle, buildStyle, fetchLater } from "./style.ts";
import { themeOf } from "./themes.ts";
import { Toolbar } from "./toolbar.ts";
import { Trip } from "./trip.ts";
import { Walk } from "./walk.ts";
import { installZoneWords, type ZoneWords } from "./zones.ts";

/** Narrower than this the map is on a phone: what lies on it takes a strip above and below the city. */
const NARROW_PX = 600;

let workerIsSet = false;

/** MapLibre's worker comes out of this bundle; no second request, no other host. */
function setWorker(): void {
  if (workerIsSet) return;
  workerIsSet = true;
  setWorkerUrl(URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" })));
}

export function render({ model }: { model: PanelModel }): HTMLElement {
  setWorker();
  return new SketchMap(model).root;
}

class SketchMap {
  readonly root = document.createElement("div");
  private readonly map: MapLibreMap;
  private readonly frames: Frames;
  private readonly results: Results;
  private readonly walk: Walk;
  private readonly trip: Trip;
  private readonly drawing: Drawing;
  private readonly toolbar: Toolbar;
  private readonly legend: Legend;
  private readonly zoneWords: ZoneWords;
  private readonly live = document.createElement("p");
  private seq = 0;
  private scale = currentReading().scale;
  /** True while the line is being set from Python, so that it is not sent back. */
  private receiving = false;

  constructor(private readonly model: PanelModel) {
    const place = document.createElement("div");
    const cross = document.createElement("div");
    this.root.className = "sk-root";
    place.className = "sk-map";
    cross.className = "sk-cross";
    cross.hidden = true;
    cross.setAttribute("aria-hidden", "true");
    this.live.className = "sk-live";
    this.live.setAttribute("role", "status");
    this.root.append(place, cross);

    this.map = buildMap(place, model);
    this.frames = spareFrames(this.map);
    this.results = new Results(this.map);
    this.walk = new Walk(this.map);
    this.trip = new Trip(this.map, this.root, {
      picked: (end, point) => this.send({ type: "picked", end, point }),
      cancelled: () => this.send({ type: "not-picked" }),
      say: (text) => this.say(text),
    });
    this.drawing = new Drawing(this.map, () => model.slot, (slot) => this.lineColor(slot), {
      changed: (sketch) => this.sendSketch(sketch),
      moving: (sketch) => this.sendLine(sketch, true),
      stop: (act, routeId, at, to) => this.send({ type: "stop", act, route_id: routeId, at, to }),
      ahead: (points) => this.send({ type: "ahead", seq: this.seq, points: points as Place[] }),
      state: () => {
        this.toolbar?.update();
        if (this.model.can_draw && this.root.dataset["ready"]) keep(this.drawing.history);
      },
      say: (text) => this.say(text),
    });
    this.toolbar = new Toolbar(this.drawing, model.texts);
    this.legend = new Legend((metric: Metric) => this.send({ type: "metric", metric }));
    this.zoneWords = installZoneWords(this.map, this.results, {
      ask: (zoneIx) => this.send({ type: "zone", zone_ix: zoneIx }),
      say: (text) => this.say(text),
      crossVisible: () => !cross.hidden,
      isDrawing: () => this.drawing.mode === "draw" && this.drawing.sketch.points.length > 0,
    });
    this.root.classList.toggle("sk-drawing-table", this.model.can_draw);
    this.root.append(this.toolbar.element, this.toolbar.hint, this.trip.hint, this.legend.element, this.live);
    this.toolbar.element.hidden = !model.can_draw;
    if (model.can_draw) installKeyboard(this.map, this.drawing, cross);
    this.root.toggleAttribute("data-dark", currentTheme() !== "light");
    this.describeCanvas();
    this.listen(place);
  }

  private describeCanvas(): void {
    const canvas = this.map.getCanvas();
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", `${this.model.texts["map"] ?? "Map"}. ${this.model.can_draw ? KEYBOARD_HELP : "The arrow keys move the map, plus and minus zoom."}`);
  }

  private listen(place: HTMLElement): void {
    const { map, model, root } = this;
    const resize = new ResizeObserver(() => this.resize());
    resize.observe(place);
    map.once("load", () => {
      map.resize();
      map.fitBounds(cityBounds(model), { padding: this.roomAround(), duration: 0 });
      fetchLater(map, model.layers_url, model.layers);
      // Where there is room, who made the data is written out; on a phone it is behind a button.
      if (place.clientWidth < NARROW_PX) root.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
      const isBack = model.can_draw && putBack(this.drawing.history);
      const { sketch } = this.drawing;
      this.drawing.setMode(!model.can_draw ? "look" : sketch.finished ? "adjust" : "draw");
      root.dataset["ready"] = "1";
      this.send({ type: "ready" });
      if (!isBack) return;
      if (sketch.points.length > 1) this.fitTo(sketch.laid?.line.length ? [...sketch.laid.line] : [...sketch.points]);
      this.drawing.step();
    });
    map.once("idle", () => (root.dataset["idle"] = "1"));
    map.on("error", ({ error }) => {
      root.dataset["error"] = error.message;
    });
    model.on("msg:custom", (raw) => this.receive(unwrap(raw)));
    const themes = new MutationObserver(() => this.setTheme());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    model.on("slot", () => this.drawing.render());
    model.on("remove", () => {
      resize.disconnect();
      themes.disconnect();
      map.remove();
    });
    // For tests and for the console of a curious person.
    Object.assign(root, { sketchmap: { map, drawing: this.drawing } });
  }

  private resize(): void {
    this.map.resize();
    const { scale } = currentReading();
    if (scale === this.scale || !this.map.isStyleLoaded()) return;
    this.scale = scale;
    this.setTheme();
    this.root.dataset["scale"] = String(scale);
  }

  /** Room around the city that stays free for what lies on the map. */
  private roomAround(): { top: number; bottom: number; left: number; right: number } {
    const isNarrow = this.map.getContainer().clientWidth < NARROW_PX;
    if (!isNarrow || !this.model.can_draw) return { top: 20, bottom: 20, left: 20, right: 20 };
    return { top: 62, bottom: 166, left: 8, right: 8 };
  }

  private lineColor(slot = this.model.slot): string {
    const { lines } = themeOf(currentTheme());
    return lines[slot % lines.length]!;
  }

  private setTheme(): void {
    this.root.toggleAttribute("data-dark", currentTheme() !== "light");
    applyStyle(this.map, currentTheme(), currentReading(), this.model.layers_url, this.model.layers);
    this.drawing.render();
    this.legend.show(this.results.painted, currentTheme());
  }

  private send(message: ToPython): void {
    this.model.send_msg(message);
  }

  private sendSketch(sketch: Sketch): void {
    this.root.dataset["points"] = String(sketch.points.length);
    this.zoneWords.close();
    if (!this.receiving) this.sendLine(sketch, false);
  }

  private sendLine({ points, finished, laid, form }: Sketch, moving: boolean): void {
    this.seq++;
    this.root.dataset["seq"] = String(this.seq);
    this.send({
      type: "sketch", seq: this.seq, points: points as Place[], finished, moving, laid: (laid as { line: Place[]; back: Place[] }) ?? null,
      form: form ?? "", stepped: this.drawing.stepped,
    });
  }

  private say(text: string): void {
    this.live.textContent = text;
  }

  private receive(message: FromPython): void {
    switch (message.type) {
      case "values":
        return this.paint(message);
      case "walk":
        return this.paintWalk(message);
      case "no-values":
        this.results.clear();
        this.walk.clear();
        return this.legend.show(null, currentTheme());
      case "routes":
        return this.showRoutes(message);
      case "sketch":
        return this.setSketch(message);
      case "note":
        return this.drawing.note(message.form);
      case "press":
        return message.tool === "stops" ? this.drawing.setMode("stops") : this.drawing[message.tool]();
      case "fit":
        return this.fitTo(message.points);
      case "pick":
        return this.trip.pick(message.end, message.text);
      case "trip":
        return this.trip.show(message);
      case "zone-words":
        return this.zoneWords.answer(message.zone_ix, message.text);
      case "say":
        return this.say(message.text);
    }
  }

  private paint(message: Extract<FromPython, { type: "values" }>): void {
    const { limit, metric, exact, seq } = message;
    this.walk.clear();
    this.showPainted({ values: asBytes(message.values), limit, metric, exact }, seq);
  }

  /** The areas lose their colours; dots stand for the people instead. */
  private paintWalk({ blocks, words, exact, seq }: Extract<FromPython, { type: "walk" }>): void {
    const n = this.results.painted?.values.length ?? 0;
    this.walk.show(blocks, this.model.slot);
    this.showPainted({ values: new Uint8Array(n).fill(NO_CHANGE), limit: 1, metric: "walk", exact, words }, seq);
  }

  private showPainted(painted: Painted, seq: number): void {
    this.results.paint(painted);
    this.legend.show(painted, currentTheme());
    this.map.once("render", () => {
      this.root.dataset["painted"] = String(seq);
      this.send({ type: "painted", seq });
    });
    this.frames.paintNow();
  }

  private showRoutes(message: Extract<FromPython, { type: "routes" }>): void {
    const { lines, stops } = routeFeatures(message.routes);
    setFeatures(this.map, "routes", lines);
    setFeatures(this.map, "stops_drawn", stops);
    if (this.model.can_draw) this.drawing.setStops(message.routes);
    const places = message.routes.flatMap((route) => route.line);
    if (!this.model.can_draw && places.length > 1 && this.root.dataset["routes"] === undefined) {
      const legend = this.map.getContainer().clientHeight > 500 ? 190 : 50;
      this.map.fitBounds(boundsOf(places), { padding: { top: 50, left: 50, right: 60, bottom: legend }, maxZoom: 13, duration: 0 });
    }
    this.root.dataset["routes"] = String(message.routes.length);
  }

  private setSketch({ points, laid, form, amend }: Extract<FromPython, { type: "sketch" }>): void {
    if (amend !== null && amend !== this.seq) return; // the person went on meanwhile
    this.receiving = true;
    try {
      const finished = amend === null ? points.length > 1 : this.drawing.sketch.finished;
      this.drawing.receive({ points, finished, ...(laid ? { laid } : {}), ...(form ? { form } : {}) }, amend !== null);
      if (amend === null && this.drawing.mode !== "stops") this.drawing.setMode(points.length > 1 ? "adjust" : "draw");
    } finally {
      this.receiving = false;
    }
    if (amend === null && points.length > 1) this.fitTo(laid?.line.length ? laid.line : points);
  }

  private fitTo(points: Place[]): void {
    const isNarrow = this.map.getContainer().clientWidth < NARROW_PX; // there the tools lie over the map
    const padding = isNarrow ? { top: 115, bottom: 180, left: 24, right: 24 } : 90;
    this.map.fitBounds(boundsOf(points), { padding, maxZoom: 13.5, duration: 0 });
  }
}

/** The page's theme: `data-theme` of <html>. */
function currentTheme(): string {
  return document.documentElement.dataset["theme"] ?? "light";
}

function buildMap(container: HTMLElement, model: PanelModel): MapLibreMap {
  const [west, south, east, north] = model.bounds;
  const margin = 0.35;
  const map = new MapLibreMap({
    container,
    style: buildStyle(currentTheme(), currentReading(), model.layers_url, model.layers),
    bounds: cityBounds(model),
    maxBounds: [[west - margin, south - margin], [east + margin, north + margin]],
    minZoom: 8,
    maxZoom: 17,
    attributionControl: false,
    fadeDuration: 0,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
  });
  installPictures(map);
  map.touchZoomRotate.disableRotation();
  map.addControl(new AttributionControl({ compact: true, customAttribution: model.texts["attribution"] ?? "" }), "bottom-right");
  map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new ScaleControl({ unit: "imperial", maxWidth: 110 }), "bottom-left");
  return map;
}

function cityBounds(model: PanelModel): LngLatBoundsLike {
  const [west, south, east, north] = model.bounds;
  return [[west, south], [east, north]];
}

function boundsOf(points: readonly Place[]): LngLatBoundsLike {
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}

/** Panel hands over the message itself or an event around it. */
function unwrap(raw: unknown): FromPython {
  const event = raw as { data?: FromPython; type?: string };
  return event.data !== undefined && (event.type === undefined || event.type === "msg:custom") ? event.data : (raw as FromPython);
}

export default { render };
