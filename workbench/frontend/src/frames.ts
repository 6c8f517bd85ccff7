// Without a graphics card one picture of the city takes a quarter of a second of both processor cores. The map asks for a
// new one whenever anything has arrived; so that the page and the scoring get their turn, slow pictures keep a distance.
import type { Map as MapLibreMap } from "maplibre-gl";

/** Quicker pictures are nobody's burden. */
const SLOW_MS = 60;
const LOOK_MS = 10;
/** Longest rest after a picture. */
const MOST_MS = 250;

export interface Frames {
  /** The next picture waits for nothing. */
  paintNow(): void;
}

/** Calls back once everything asked of the graphics so far is done; the page goes on long before. */
function whenDone(canvas: HTMLCanvasElement, done: () => void): void {
  const gl = canvas.getContext("webgl2");
  const fence = gl?.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (!gl || !fence) return;
  gl.flush();
  const look = (): void => {
    if (!gl.isContextLost() && gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) return void window.setTimeout(look, LOOK_MS);
    gl.deleteSync(fence);
    done();
  };
  window.setTimeout(look, LOOK_MS);
}

/** Lets the map rest after a slow picture as long as that took, unless somebody moves the map or holds something on it. */
export function spareFrames(map: MapLibreMap): Frames {
  const paint = map.triggerRepaint.bind(map);
  let tookMs = 0;
  let doneAt = 0;
  let waiting = 0;
  let isHeld = false;
  const hold = (held: boolean) => (): void => void (isHeld = held);
  map.getCanvasContainer().addEventListener("pointerdown", hold(true), { capture: true });
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, hold(false), { capture: true });

  const paintNow = (): void => {
    window.clearTimeout(waiting);
    waiting = 0;
    paint();
  };
  map.on("render", () => {
    const began = performance.now();
    doneAt = began + tookMs; // as long as the last one, until this one is on the screen
    whenDone(map.getCanvas(), () => {
      doneAt = performance.now();
      tookMs = doneAt - began;
    });
  });
  map.triggerRepaint = (): void => {
    const rest = doneAt + Math.min(tookMs, MOST_MS) - performance.now();
    if (tookMs < SLOW_MS || rest <= 0 || isHeld || map.isMoving()) paintNow();
    else waiting ||= window.setTimeout(paintNow, rest);
  };
  map.on("remove", () => window.clearTimeout(waiting));
  return { paintNow };
}
