// What the map and Python say to each other. The Python side is workbench/app/components/sketch_map.py.

/** [longitude, latitude] in degrees. */
export type Place = [number, number];

/** Which result the areas are painted with. */
export type Metric = "access" | "minutes" | "walk";

/** Where a trip begins or ends. */
export type TripEnd = "start" | "end";

/** One leg of a trip. */
export interface TripLine {
  when: "before" | "after";
  mode: "walk" | "ride";
  line: Place[];
}

/** A trip to show; nothing for none. */
export interface TripOnMap {
  ends: { end: TripEnd; name: string; point: Place }[];
  lines: TripLine[];
  /** Whether the map moves to show all of it. */
  fit: boolean;
}

/** From the browser. Python checks every field. */
export type ToPython =
  | { type: "ready" }
  /**
   * The table as it stands after a click, a drag or an undo; `finished` once the person ended it, `moving` during a drag. `laid` is
   * the way along streets through the points, null for the points themselves; `form` is what Python gave to keep with it,
   * which has changed as well where the table `stepped` back or forward, or was put back after a reload.
   */
  | {
      type: "sketch"; seq: number; points: Place[]; finished: boolean; moving: boolean;
      laid: { line: Place[]; back: Place[] } | null; form: string; stepped: boolean;
    }
  /** A stop of a shown route that stands at `at` shall stand at `to`, or go; or a new one shall stand at `to`. */
  | { type: "stop"; act: "move" | "add" | "remove"; route_id: string; at: Place; to: Place }
  /** The line as it would be with a point where the pointer rests. */
  | { type: "ahead"; seq: number; points: Place[] }
  /** The person asks about one area. */
  | { type: "zone"; zone_ix: number }
  | { type: "metric"; metric: Metric }
  /** An end of the trip was picked on the map. */
  | { type: "picked"; end: TripEnd; point: Place }
  /** Somebody pressed Escape instead. */
  | { type: "not-picked" }
  /** The result of drawing number `seq` is on the screen. */
  | { type: "painted"; seq: number };

/** From Python. */
export type FromPython =
  /** One byte per area: 0 much worse, 128 no change, 255 much better; `limit` is the change at either end. */
  | { type: "values"; seq: number; values: Binary; limit: number; metric: Metric; exact: boolean }
  /** Instead of `values`: who lives within a walk of the stops, float32 longitude, latitude, people; `words` for the legend. */
  | { type: "walk"; seq: number; blocks: Binary; words: string; exact: boolean }
  | { type: "no-values" }
  /** Routes to show: the draft with its stops, saved alternatives. */
  | { type: "routes"; routes: RouteOnMap[] }
  /** Replaces the table as one step, e.g. by an uploaded line; or completes drawing number `amend`, if it is still there. */
  | { type: "sketch"; points: Place[]; laid: { line: Place[]; back: Place[] } | null; form: string; amend: number | null }
  /** Another form with the same line, as one step. */
  | { type: "note"; form: string }
  /** What a button beside the map stands for. */
  | { type: "press"; tool: "undo" | "redo" | "stops" }
  /** Moves the map to these places. */
  | { type: "fit"; points: Place[] }
  /** The next click picks this end of the trip, empty for none; `text` says so. */
  | { type: "pick"; end: TripEnd | ""; text: string }
  | ({ type: "trip" } & TripOnMap)
  | { type: "zone-words"; zone_ix: number; text: string }
  | { type: "say"; text: string };

export type Binary = ArrayBuffer | ArrayBufferView | number[] | { buffer: ArrayBuffer };

export interface RouteOnMap {
  route_id: string;
  name: string;
  /** Which of the eight colours. */
  slot: number;
  /** The letter in the bullet, e.g. `A`; empty for the draft. */
  letter: string;
  /** The draft's own line is drawn by the sketch; only its stops are taken from here. */
  draft: boolean;
  /** Its stops can be moved, added and taken away. */
  movable: boolean;
  line: Place[];
  stops: [number, number, string][];
}

/** The part of Panel's model that is used. */
export interface PanelModel {
  layers_url: string;
  layers: string[];
  bounds: [number, number, number, number];
  can_draw: boolean;
  slot: number;
  texts: Record<string, string>;
  on(event: string, callback: (event: unknown) => void): void;
  send_msg(message: unknown): void;
}

/** Bytes as the websocket delivers them, in whichever wrapper. */
export function asBytes(value: Binary): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return Uint8Array.from(value);
  return new Uint8Array(value.buffer);
}
