// "Show me that trip": two ends picked on the map, and the way between them, today and with the drawn route.
import type { Map as MapLibreMap } from "maplibre-gl";
import { setFeatures } from "./features.ts";
import { rounded } from "./geometry.ts";
import type { Place, TripEnd, TripLine, TripOnMap } from "./messages.ts";

interface TripEvents {
  picked(end: TripEnd, point: Place): void;
  cancelled(): void;
  say(text: string): void;
}

/** Must be made before everything else that listens to clicks: while an end is picked, a click is nothing else. */
export class Trip {
  readonly hint = document.createElement("p");
  private end: TripEnd | "" = "";
  /** Where the person was before picking: the button's key, and how far the page was scrolled. */
  private from: { key: string; top: number } | null = null;

  constructor(private readonly map: MapLibreMap, private readonly root: HTMLElement, private readonly events: TripEvents) {
    this.hint.className = "sk-hint sk-hint-pick";
    this.hint.hidden = true;
    map.on("click", (event) => {
      if (!this.end) return;
      event.preventDefault();
      this.take(rounded(event.lngLat.lng, event.lngLat.lat));
    });
    map.getCanvas().addEventListener("keydown", (event) => this.onKey(event), true);
  }

  /** The next click, or Space at the cross-hair, picks this end; empty for nothing to pick. */
  pick(end: TripEnd | "", text: string): void {
    this.end = end;
    this.root.toggleAttribute("data-picking", end !== "");
    this.hint.textContent = text;
    this.hint.hidden = end === "";
    if (!end) return this.goBack();
    const key = (document.activeElement as HTMLElement | null)?.dataset["key"];
    this.from = key ? { key, top: window.scrollY } : null;
    this.root.scrollIntoView({ block: "nearest" });
    this.map.getCanvas().focus({ preventScroll: true });
    this.events.say(`${text} Keyboard: move the map with the arrow keys, then press Space; Escape cancels.`);
  }

  show({ ends, lines, fit }: TripOnMap): void {
    const points = ends.map(({ end, name, point }): GeoJSON.Feature => ({
      type: "Feature", properties: { end, name }, geometry: { type: "Point", coordinates: point },
    }));
    setFeatures(this.map, "trip_ends", points);
    setFeatures(this.map, "trip", lines.map(lineFeature));
    this.root.dataset["trip"] = String(lines.length);
    const places = [...ends.map(({ point }) => point), ...lines.flatMap(({ line }) => line)];
    if (!fit || places.length < 2) return;
    const lons = places.map(([lon]) => lon);
    const lats = places.map(([, lat]) => lat);
    this.map.fitBounds(
      [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]],
      { padding: { top: 110, bottom: 60, left: 50, right: 70 }, maxZoom: 14, duration: 0 },
    );
  }

  /** On a phone the map is far above the panel; the keyboard focus was on a button there. */
  private goBack(): void {
    if (!this.from) return;
    const { key, top } = this.from;
    this.from = null;
    document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    window.scrollTo({ top });
  }

  private take(point: Place): void {
    const end = this.end;
    this.pick("", "");
    if (end) this.events.picked(end, point);
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.end || (event.key !== " " && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === " ") {
      const centre = this.map.getCenter();
      return this.take(rounded(centre.lng, centre.lat));
    }
    this.pick("", "");
    this.events.cancelled();
  }
}

function lineFeature({ when, mode, line }: TripLine): GeoJSON.Feature {
  return { type: "Feature", properties: { when, mode }, geometry: { type: "LineString", coordinates: line } };
}
