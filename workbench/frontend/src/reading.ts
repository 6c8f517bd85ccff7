// How large the words on the map are, and in which language names are asked for.
import type { Reading } from "./labels.ts";

/** Pixels across the window from which it is taken for a projector or a wall screen, and the size of the words there. */
const WIDE_SCREENS: readonly (readonly [number, number])[] = [[2400, 1.6], [1800, 1.3]];
const LARGEST = 2.2;

/** Words are larger on wide screens, and where the reader's browser makes all text larger. */
export function textScale(windowPx: number, rootFontPx: number): number {
  const screen = WIDE_SCREENS.find(([px]) => windowPx >= px)?.[1] ?? 1;
  return Math.min(screen * Math.max(rootFontPx / 16, 0.9), LARGEST);
}

export function currentReading(): Reading {
  const root = document.documentElement;
  const rootFontPx = parseFloat(getComputedStyle(root).fontSize) || 16;
  return { scale: textScale(window.innerWidth, rootFontPx), lang: (root.lang || "en").split("-")[0]! };
}
