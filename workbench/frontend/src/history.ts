// What is on the drawing table and every earlier state of it: one click, drag, press or typed field is one step back.
import type { Place } from "./messages.ts";

/** A line along streets: the points are its handles, this is the way between them. */
export interface Laid {
  /** Every bend; empty while Python has not laid it yet. */
  readonly line: readonly Place[];
  /** The way back where one-way streets send it elsewhere. */
  readonly back: readonly Place[];
}

export interface Sketch {
  readonly points: readonly Place[];
  /** The person has ended the line; from then on points are moved, not added. */
  readonly finished: boolean;
  readonly laid?: Laid;
  /** What Python keeps with the line: stops placed by hand, fields of the form, changes of today's routes. Never read here. */
  readonly form?: string;
}

export const EMPTY_SKETCH: Sketch = { points: [], finished: false };
const NOT_LAID: Laid = { line: [], back: [] };

const LONGEST = 500;

export class History {
  private past: Sketch[] = [];
  private future: Sketch[] = [];
  private present: Sketch = EMPTY_SKETCH;

  get sketch(): Sketch {
    return this.present;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Makes `next` the present; what was undone before is forgotten. Returns whether anything changed. */
  push(next: Sketch): boolean {
    if (sameSketch(next, this.present)) return false;
    this.past.push(this.present);
    if (this.past.length > LONGEST) this.past.shift();
    this.present = next;
    this.future = [];
    return true;
  }

  /** Completes the present, e.g. by the way along streets: no step of its own. */
  amend(present: Sketch): void {
    this.present = present;
  }

  undo(): boolean {
    const before = this.past.pop();
    if (!before) return false;
    this.future.push(this.present);
    this.present = before;
    return true;
  }

  redo(): boolean {
    const after = this.future.pop();
    if (!after) return false;
    this.past.push(this.present);
    this.present = after;
    return true;
  }

  /** As text of at most so many characters: the present, then as many steps as there is room for, the nearest first. */
  toText(most: number): string {
    for (let steps = LONGEST; ; steps = Math.floor(steps / 2)) {
      const past = steps ? this.past.slice(-steps) : [];
      const text = JSON.stringify({ past, present: this.present, future: steps ? this.future.slice(-steps) : [] });
      if (text.length <= most) return text;
      if (steps === 0) return "";
    }
  }

  /** Takes over what `toText` gave; a text that is none changes nothing. Returns whether it was one. */
  fromText(text: string): boolean {
    let kept: { past: Sketch[]; present: Sketch; future: Sketch[] };
    try {
      kept = JSON.parse(text);
    } catch {
      return false;
    }
    if (!kept || ![kept.past, kept.future].every((steps) => Array.isArray(steps) && steps.every(isSketch)) || !isSketch(kept.present)) return false;
    this.past = kept.past;
    this.present = kept.present;
    this.future = kept.future;
    return true;
  }
}

function isSketch(value: unknown): value is Sketch {
  const { points, finished, laid, form } = (value ?? {}) as Partial<Sketch>;
  return (
    arePlaces(points) &&
    typeof finished === "boolean" &&
    (form === undefined || typeof form === "string") &&
    (laid === undefined || (arePlaces(laid.line) && arePlaces(laid.back)))
  );
}

function arePlaces(value: unknown): value is Place[] {
  return Array.isArray(value) && value.every((place) => Array.isArray(place) && place.length === 2 && place.every(Number.isFinite));
}

export function sameSketch(a: Sketch, b: Sketch): boolean {
  return (
    a.finished === b.finished &&
    (a.form ?? "") === (b.form ?? "") &&
    (a.laid === undefined) === (b.laid === undefined) &&
    sameLine(a.points, b.points) &&
    sameLine(a.laid?.line ?? [], b.laid?.line ?? []) &&
    sameLine(a.laid?.back ?? [], b.laid?.back ?? [])
  );
}

function sameLine(a: readonly Place[], b: readonly Place[]): boolean {
  return a.length === b.length && a.every((point, i) => point[0] === b[i]![0] && point[1] === b[i]![1]);
}

/** The same with other points; a line along streets has to be laid anew. */
export function withPoints(sketch: Sketch, points: readonly Place[], finished: boolean): Sketch {
  return { ...sketch, points, finished, ...(sketch.laid ? { laid: NOT_LAID } : {}) };
}

export function addPoint(sketch: Sketch, point: Place): Sketch {
  return withPoints(sketch, [...sketch.points, point], false);
}

/** Ends a line of at least two points; a shorter one stays as it is. */
export function finish(sketch: Sketch): Sketch {
  return sketch.points.length < 2 ? sketch : { ...sketch, finished: true };
}

export function movePoint(sketch: Sketch, at: number, to: Place): Sketch {
  return withPoints(sketch, sketch.points.map((point, i) => (i === at ? to : point)), sketch.finished);
}

/** Puts a point before the one at `at`. */
export function insertPoint(sketch: Sketch, at: number, point: Place): Sketch {
  return withPoints(sketch, [...sketch.points.slice(0, at), point, ...sketch.points.slice(at)], sketch.finished);
}

/** Takes a point away; a finished line keeps at least two. */
export function removePoint(sketch: Sketch, at: number): Sketch {
  if (sketch.finished && sketch.points.length <= 2) return sketch;
  return withPoints(sketch, sketch.points.filter((_, i) => i !== at), sketch.finished);
}

/** No line, with the form as it was. */
export function cleared(sketch: Sketch): Sketch {
  return sketch.form === undefined ? EMPTY_SKETCH : { ...EMPTY_SKETCH, form: sketch.form };
}
