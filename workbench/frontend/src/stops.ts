// Stops that can be moved, added and taken away on the map: those of the drawn route and of the route chosen in the editor.
import type { Map as MapLibreMap } from "maplibre-gl";
import { nearestOnLines } from "./geometry.ts";
import { Handles } from "./handles.ts";
import type { Place, RouteOnMap } from "./messages.ts";

export type StopAct = "move" | "add" | "remove";

export interface StopEvents {
  /** A stop of a route at `at` shall stand at `to`, or go, or a new one shall stand at `to`. */
  stop(act: StopAct, routeId: string, at: Place, to: Place): void;
  say(text: string): void;
}

/** A click farther from every route than this adds no stop. Screen pixels. */
const NEAR_PX = 40;

export class Stops {
  private routes: RouteOnMap[] = [];
  private readonly handles: Handles;

  constructor(private readonly map: MapLibreMap, private readonly events: StopEvents) {
    this.handles = new Handles(map, {
      moved: (at, to) => this.send("move", at, to),
      moving: () => {},
      removed: (at) => this.send("remove", at, this.flat()[at]!.place),
    });
  }

  /** Takes these routes; those without movable stops are left out. */
  set(routes: readonly RouteOnMap[]): void {
    this.routes = routes.filter((route) => route.movable && route.stops.length > 1);
  }

  get any(): boolean {
    return this.routes.length > 0;
  }

  show(colorOf: (slot: number) => string): void {
    const flat = this.flat();
    this.handles.show(flat.map(({ place, name, n, of }) => ({
      place, kind: "stop", removable: of > 2,
      label: `Stop ${n} of ${of}: ${name}. Arrow keys move it, Delete removes it.`,
    })), colorOf(this.routes[0]?.slot ?? 0));
  }

  hide(): void {
    this.handles.hide();
  }

  /** A new stop on the route nearest to a place. */
  addAt(place: Place): void {
    const lines = this.routes.map((route) => (route.line.length > 1 ? route.line : route.stops.map(([lon, lat]): Place => [lon, lat])));
    const nearest = nearestOnLines(lines.map((line) => line.map((point) => this.map.project(point))), this.map.project(place), NEAR_PX);
    if (nearest < 0) return this.events.say("Click nearer to the route to add a stop.");
    this.events.stop("add", this.routes[nearest]!.route_id, place, place);
  }

  private send(act: StopAct, at: number, to: Place): void {
    const stop = this.flat()[at];
    if (stop) this.events.stop(act, stop.routeId, stop.place, to);
  }

  private flat(): { routeId: string; place: Place; name: string; n: number; of: number }[] {
    return this.routes.flatMap((route) => route.stops.map(([lon, lat, name], i) => ({
      routeId: route.route_id, place: [lon, lat] as Place, name, n: i + 1, of: route.stops.length,
    })));
  }
}
