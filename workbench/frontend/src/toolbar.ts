// The drawing buttons, and the sentence that says what to do next.
import type { Drawing, Mode } from "./drawing.ts";

const ICONS = {
  draw: "M4 20l4-1L19 8a2.1 2.1 0 0 0-3-3L5 16l-1 4zM14 7l3 3",
  adjust: "M5 19L12 9l7-4M5 19m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M12 9m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M19 5m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0",
  stops: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 10m-2.3 0a2.3 2.3 0 1 0 4.6 0a2.3 2.3 0 1 0-4.6 0",
  done: "M5 12.5l4.5 4.5L19 7",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6v1",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6v1",
  clear: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
} as const;

type Name = keyof typeof ICONS;

export class Toolbar {
  readonly element = document.createElement("div");
  readonly hint = document.createElement("p");
  private readonly buttons = new Map<Name, HTMLButtonElement>();

  constructor(private readonly drawing: Drawing, texts: Record<string, string>) {
    this.element.className = "sk-bar";
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", texts["toolbar"] ?? "Drawing");
    this.hint.className = "sk-hint";
    const add = (name: Name, text: string, act: () => void): void => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sk-button";
      button.dataset["tool"] = name;
      button.append(icon(name), label(texts[name] ?? text));
      button.addEventListener("click", act);
      this.buttons.set(name, button);
      this.element.append(button);
    };
    add("draw", "Draw", () => drawing.setMode(drawing.mode === "draw" ? "look" : "draw"));
    add("done", "Done", () => drawing.finish());
    add("adjust", "Adjust", () => drawing.setMode(drawing.mode === "adjust" ? "look" : "adjust"));
    add("stops", "Stops", () => drawing.setMode(drawing.mode === "stops" ? "look" : "stops"));
    add("undo", "Undo", () => drawing.undo());
    add("redo", "Redo", () => drawing.redo());
    add("clear", "Clear", () => drawing.clear());
    this.update();
  }

  update(): void {
    const { drawing } = this;
    const n = drawing.sketch.points.length;
    const pressed = (name: Name, mode: Mode): void => this.buttons.get(name)!.setAttribute("aria-pressed", String(drawing.mode === mode));
    pressed("draw", "draw");
    pressed("adjust", "adjust");
    pressed("stops", "stops");
    this.buttons.get("stops")!.hidden = !drawing.stops.any || (drawing.mode === "draw" && n > 0 && !drawing.sketch.finished);
    this.enable("undo", drawing.history.canUndo);
    this.enable("redo", drawing.history.canRedo);
    this.enable("clear", n > 0);
    this.buttons.get("done")!.hidden = !(drawing.mode === "draw" && n > 1);
    this.buttons.get("adjust")!.hidden = n < 2 || (drawing.mode === "draw" && !drawing.sketch.finished);
    this.hint.textContent = hintFor(drawing.mode, n);
    this.hint.hidden = this.hint.textContent === "";
  }

  /** A button without effect stays where it is, so that the keyboard focus is not lost. */
  private enable(name: Name, on: boolean): void {
    this.buttons.get(name)!.setAttribute("aria-disabled", String(!on));
  }
}

export function hintFor(mode: Mode, nPoints: number): string {
  if (mode === "stops") return "Drag a stop. Click the route to add one; × takes the chosen one away.";
  if (mode === "adjust") return "Drag a point to change the line.";
  if (mode !== "draw") return "";
  if (nPoints === 0) return "Click the map where your route begins.";
  if (nPoints === 1) return "Now click where it goes next.";
  return "Keep clicking along your route. Click the last point again to finish.";
}

function icon(name: Name): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function label(text: string): HTMLSpanElement {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}
