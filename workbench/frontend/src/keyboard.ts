// Drawing without a pointer: the arrows move the map under a cross-hair, Space sets a point there.
import type { Map as MapLibreMap } from "maplibre-gl";
import type { Drawing } from "./drawing.ts";
import { rounded } from "./geometry.ts";
import type { Place } from "./messages.ts";

export const KEYBOARD_HELP =
  "Keyboard: the arrow keys move the map, plus and minus zoom. Space sets a point at the cross-hair, Enter ends the line, " +
  "Backspace takes back one step, Escape drops the unfinished line. When adjusting, Space picks up a point and puts it down, Delete removes it. " +
  "Points of a line along streets and stops are buttons after the map: Tab reaches them, arrow keys move them, Delete removes them; " +
  "with Stops pressed, Space adds a stop at the cross-hair.";

export function installKeyboard(map: MapLibreMap, drawing: Drawing, cross: HTMLElement): void {
  const canvas = map.getCanvas();
  const centre = (): Place => rounded(map.getCenter().lng, map.getCenter().lat);
  const band = (): void => {
    if (!cross.hidden) drawing.showBand(centre());
  };
  map.keyboard.disableRotation();
  map.on("move", band);
  canvas.addEventListener("focus", () => {
    cross.hidden = !canvas.matches(":focus-visible");
  });
  canvas.addEventListener("blur", () => {
    cross.hidden = true;
  });
  canvas.addEventListener("pointerdown", () => {
    cross.hidden = true;
  });
  canvas.addEventListener(
    "keydown",
    (event) => {
      const act = action(event, drawing, centre);
      if (!act) {
        if (event.key.startsWith("Arrow")) cross.hidden = false;
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      cross.hidden = false;
      act();
      band();
    },
    true,
  );
}

/** What a key does now, or null for a key that is not ours. */
function action(event: KeyboardEvent, drawing: Drawing, centre: () => Place): (() => void) | null {
  if (drawing.mode === "look") return null;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    return () => (event.shiftKey ? drawing.redo() : drawing.undo());
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const drawingNow = drawing.mode === "draw";
  switch (event.key) {
    case " ":
      if (drawing.mode === "stops") return () => drawing.stops.addAt(centre());
      return () => (drawingNow ? drawing.addAt(centre()) : drawing.pickOrDrop(centre()));
    case "Enter":
      return drawingNow ? () => drawing.finish() : null;
    case "Backspace":
      return () => drawing.undo();
    case "Delete":
      if (drawing.mode === "stops") return null;
      return () => (drawingNow ? drawing.undo() : drawing.removeNearest(centre()));
    case "Escape":
      return () => escape(drawing);
    default:
      return null;
  }
}

function escape(drawing: Drawing): void {
  if (drawing.picked >= 0) drawing.setMode("adjust");
  else if (!drawing.sketch.finished && drawing.sketch.points.length > 0) drawing.clear();
}
