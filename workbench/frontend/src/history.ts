// The drawn line and every earlier state of it: one click, drag or deletion is one step back.
import type { Place } from "./messages.ts";

export interface Sketch {
  readonly points: readonly Place[];
  /** The person has ended the line; from then on points are moved, not added. */
  readonly finished: boolean;
}

export const EMPTY_SKETCH: Sketch = { points: [], finished: false };

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
}

export function sameSketch(a: Sketch, b: Sketch): boolean {
  return (
    a.finished === b.finished &&
    a.points.length === b.points.length &&
    a.points.every((point, i) => point[0] === b.points[i]![0] && point[1] === b.points[i]![1])
  );
}

export function addPoint(sketch: Sketch, point: Place): Sketch {
  return { points: [...sketch.points, point], finished: false };
}

/** Ends a line of at least two points; a shorter one stays as it is. */
export function finish(sketch: Sketch): Sketch {
  return sketch.points.length < 2 ? sketch : { ...sketch, finished: true };
}

export function movePoint(sketch: Sketch, at: number, to: Place): Sketch {
  return { ...sketch, points: sketch.points.map((point, i) => (i === at ? to : point)) };
}

/** Takes a point away; a finished line keeps at least two. */
export function removePoint(sketch: Sketch, at: number): Sketch {
  if (sketch.finished && sketch.points.length <= 2) return sketch;
  return { ...sketch, points: sketch.points.filter((_, i) => i !== at) };
}
