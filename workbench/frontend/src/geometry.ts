// Distances on the globe and on the screen, and how they are said.
import type { Place } from "./messages.ts";

const EARTH_M = 6_371_008.8;
const METRES_PER_MILE = 1609.344;
const RAD = Math.PI / 180;

/** Great-circle distance in metres. */
export function distanceM(a: Place, b: Place): number {
  const dLat = (b[1] - a[1]) * RAD;
  const dLon = (b[0] - a[0]) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * RAD) * Math.cos(b[1] * RAD) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Length of a line in metres. */
export function lengthM(points: readonly Place[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += distanceM(points[i - 1]!, points[i]!);
  return sum;
}

/** `0.4 miles`, `1.0 mile`. */
export function sayMiles(metres: number): string {
  const miles = (metres / METRES_PER_MILE).toFixed(1);
  return miles === "1.0" ? "1.0 mile" : `${miles} miles`;
}

/** Index of the nearest of some screen points within `limitPx`, or -1. */
export function nearestIndex(points: readonly { x: number; y: number }[], to: { x: number; y: number }, limitPx: number): number {
  let best = -1;
  let bestPx = limitPx;
  points.forEach((point, i) => {
    const px = Math.hypot(point.x - to.x, point.y - to.y);
    if (px <= bestPx) {
      best = i;
      bestPx = px;
    }
  });
  return best;
}

/** Six decimals: about ten centimetres. */
export function rounded(lng: number, lat: number): Place {
  return [Math.round(lng * 1e6) / 1e6, Math.round(lat * 1e6) / 1e6];
}

interface Pixel {
  x: number;
  y: number;
}

/** Index of the line nearest to a point on the screen within `limitPx`, or -1. */
export function nearestOnLines(lines: readonly (readonly Pixel[])[], to: Pixel, limitPx: number): number {
  let best = -1;
  let bestPx = limitPx;
  lines.forEach((line, n) => {
    for (let i = 1; i < line.length; i++) {
      const px = toSegmentPx(line[i - 1]!, line[i]!, to);
      if (px <= bestPx) {
        best = n;
        bestPx = px;
      }
    }
  });
  return best;
}

function toSegmentPx(a: Pixel, b: Pixel, to: Pixel): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const share = Math.min(1, Math.max(0, ((to.x - a.x) * dx + (to.y - a.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(a.x + share * dx - to.x, a.y + share * dy - to.y);
}

/** The middle of a line between each handle and the next, handles in the order of the line. */
export function middles(line: readonly Place[], handles: readonly Place[]): Place[] {
  const at: number[] = [];
  for (const handle of handles) {
    const from = at.at(-1) ?? 0;
    let best = from;
    for (let i = from; i < line.length; i++) if (distanceM(line[i]!, handle) < distanceM(line[best]!, handle)) best = i;
    at.push(best);
  }
  return handles.slice(1).map((handle, n) => {
    const part = [handles[n]!, ...line.slice(at[n]! + 1, at[n + 1]!), handle];
    let left = lengthM(part) / 2;
    for (let i = 1; i < part.length; i++) {
      const [a, b] = [part[i - 1]!, part[i]!];
      const step = distanceM(a, b);
      if (step >= left && step > 0) {
        const share = left / step;
        return rounded(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]));
      }
      left -= step;
    }
    return handle;
  });
}
