// One byte per area and what it means: 0 much worse, 128 no change, 255 much better.
import type { Metric } from "./messages.ts";

export const NO_CHANGE = 128;

/** The change a byte stands for, where `limit` is the change at either end. */
export function changeOf(byte: number, limit: number): number {
  if (byte === NO_CHANGE) return 0;
  return byte > NO_CHANGE ? ((byte - NO_CHANGE) / 127) * limit : ((byte - NO_CHANGE) / 128) * limit;
}

/** Two significant digits: a byte knows no more. */
export function roughly(value: number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Math.round(value / step) * step;
}

/** `12,000`, `2.5`. */
export function sayNumber(value: number): string {
  const size = Math.abs(value);
  return size.toLocaleString("en-US", { maximumFractionDigits: size < 10 ? 1 : 0 });
}

/** `12 minutes`, `30 seconds`: less than a minute is said in seconds. */
export function sayMinutes(minutes: number): string {
  const size = Math.abs(minutes);
  if (size < 1) return `${sayNumber(roughly(size * 60))} seconds`;
  return size === 1 ? "1 minute" : `${sayNumber(size)} minutes`;
}

/** The change of one area in words. */
export function sayChange(byte: number, limit: number, metric: Exclude<Metric, "walk">): string {
  const change = roughly(changeOf(byte, limit));
  if (change === 0) return metric === "access" ? "Reaches as many people as today." : "Trips take as long as today.";
  const about = byte === 0 || byte === 255 ? "At least" : "About";
  if (metric === "access") return `${about} ${sayNumber(change)} ${change > 0 ? "more" : "fewer"} people within 45 minutes.`;
  return `${about} ${sayMinutes(change)} ${change > 0 ? "shorter" : "longer"} on an average trip.`;
}

/** Labels of the two ends of the scale. */
export function scaleEnds(limit: number, metric: Metric): { worse: string; better: string } {
  return metric === "access"
    ? { worse: `${sayNumber(limit)} fewer`, better: `${sayNumber(limit)} more` }
    : { worse: `${sayMinutes(limit)} longer`, better: `${sayMinutes(limit)} shorter` };
}
