// The drawing table survives a reload, a lost connection and a server that started anew: this tab keeps it until it is closed.
import type { History } from "./history.ts";

const MOST_CHARACTERS = 1_500_000;

function name(): string {
  return `drawing-table ${location.pathname}`;
}

/** Keeps the table as it is; a browser that keeps nothing loses nothing but this. */
export function keep(history: History): void {
  try {
    sessionStorage.setItem(name(), history.toText(MOST_CHARACTERS));
  } catch {
    // storage is full or switched off
  }
}

/** Puts the table back as it was; returns whether there was anything on it. */
export function putBack(history: History): boolean {
  try {
    const text = sessionStorage.getItem(name());
    return text ? history.fromText(text) && (history.sketch.points.length > 0 || Boolean(history.sketch.form) || history.canUndo) : false;
  } catch {
    return false;
  }
}
