// Routes from Python as map features: lines, stops, and a letter at both ends.
import type { RouteOnMap } from "./messages.ts";

interface Features {
  lines: GeoJSON.Feature[];
  stops: GeoJSON.Feature[];
}

/** Splits routes into lines and stops; the draft gives its stops only, the sketch draws its line. */
export function routeFeatures(routes: readonly RouteOnMap[]): Features {
  const lines = routes.filter((route) => !route.draft).map((route): GeoJSON.Feature => ({
    type: "Feature",
    properties: { slot: route.slot, name: route.name },
    geometry: { type: "LineString", coordinates: route.line },
  }));
  const stops = routes.flatMap((route) => route.stops.map(([lon, lat, name], i): GeoJSON.Feature => ({
    type: "Feature",
    properties: {
      slot: route.slot,
      name,
      terminal: i === 0 || i === route.stops.length - 1,
      ...(route.letter ? { letter: route.letter } : {}),
    },
    geometry: { type: "Point", coordinates: [lon, lat] },
  })));
  return { lines, stops };
}
