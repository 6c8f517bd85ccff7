// Places on the map that can be dragged, moved with the arrow keys, and taken away: handles of a line along streets, stops.
import { type Map as MapLibreMap, Marker } from "maplibre-gl";
import { rounded } from "./geometry.ts";
import type { Place } from "./messages.ts";

/** How far one press of an arrow key moves a handle, screen pixels; with Shift four times as far. */
const STEP_PX = 8;
/** Presses of arrow keys that follow one another this closely are one move. */
const PRESSES_MS = 700;

export interface Handle {
  place: Place;
  /** What a screen reader says. */
  label: string;
  /** `point`, `middle` (adds a point when dragged), `stop`. */
  kind: "point" | "middle" | "stop";
  removable: boolean;
}

export interface HandleEvents {
  moved(at: number, place: Place): void;
  moving(at: number, place: Place): void;
  removed(at: number): void;
}

export class Handles {
  private markers: Marker[] = [];
  private shown = "";
  private pressing = 0;
  /** The handle that shall have the keyboard focus when handles are shown anew, or -1. */
  private focusAt = -1;

  constructor(private readonly map: MapLibreMap, private readonly events: HandleEvents) {}

  show(handles: readonly Handle[], color: string): void {
    const key = color + JSON.stringify(handles);
    if (key === this.shown) return;
    const focused = this.focusAt >= 0 ? this.focusAt : this.focused();
    this.hide();
    this.shown = key;
    this.markers = handles.map((handle, at) => this.marker(handle, at, color));
    this.focusAt = -1;
    if (focused >= 0) this.dot(Math.min(focused, handles.length - 1))?.focus({ preventScroll: true });
  }

  hide(): void {
    window.clearTimeout(this.pressing);
    for (const marker of this.markers) marker.remove();
    this.markers = [];
    this.shown = "";
  }

  /** Which handle has the keyboard focus, or -1; the map may stand in a shadow of the page. */
  private focused(): number {
    return this.markers.findIndex((one) => {
      const root = one.getElement().getRootNode() as Document | ShadowRoot;
      return one.getElement().contains(root.activeElement);
    });
  }

  private dot(at: number): HTMLElement | null {
    return this.markers[at]?.getElement().querySelector(".sk-dot") ?? null;
  }

  private marker(handle: Handle, at: number, color: string): Marker {
    const element = document.createElement("div");
    element.className = `sk-handle sk-handle-${handle.kind}`;
    element.style.setProperty("--line", color);
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "sk-dot";
    dot.setAttribute("aria-label", handle.label);
    element.append(dot);
    const remove = (): void => {
      this.focusAt = at;
      this.events.removed(at);
    };
    if (handle.removable) {
      const cross = document.createElement("button");
      cross.type = "button";
      cross.className = "sk-remove";
      cross.tabIndex = -1; // Delete does it with the keyboard
      cross.setAttribute("aria-label", `Remove: ${handle.label}`);
      cross.textContent = "×";
      cross.addEventListener("click", remove);
      element.append(cross);
      element.addEventListener("contextmenu", (event) => {
        event.preventDefault();
        remove();
      });
    }
    element.addEventListener("click", (event) => event.stopPropagation());
    dot.addEventListener("pointerup", () => dot.focus({ preventScroll: true })); // the map keeps a press from doing that
    const marker = new Marker({ element, draggable: true, clickTolerance: 3 }).setLngLat(handle.place).addTo(this.map);
    element.removeAttribute("aria-label");
    element.removeAttribute("role");
    element.removeAttribute("tabindex");
    marker.on("dragstart", () => dot.focus({ preventScroll: true }));
    marker.on("drag", () => this.events.moving(at, placeOf(marker)));
    marker.on("dragend", () => {
      this.focusAt = at;
      this.shown = ""; // shown anew even if Python puts it back where it was
      this.events.moved(at, placeOf(marker));
    });
    dot.addEventListener("keydown", (event) => this.onKey(event, marker, at, handle, remove));
    return marker;
  }

  private onKey(event: KeyboardEvent, marker: Marker, at: number, handle: Handle, remove: () => void): void {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      const far = STEP_PX * (event.shiftKey ? 4 : 1);
      const from = this.map.project(marker.getLngLat());
      marker.setLngLat(this.map.unproject([from.x + far * step[0], from.y + far * step[1]]));
      window.clearTimeout(this.pressing);
      this.pressing = window.setTimeout(() => {
        this.focusAt = at;
        this.shown = "";
        this.events.moved(at, placeOf(marker));
      }, PRESSES_MS);
    } else if ((event.key === "Delete" || event.key === "Backspace") && handle.removable) {
      event.preventDefault();
      event.stopPropagation();
      remove();
    }
  }
}

function placeOf(marker: Marker): Place {
  const { lng, lat } = marker.getLngLat();
  return rounded(lng, lat);
}
