// The map's style: our own vector layers, from the sea up to the labels. Nothing comes from another host.
import type {
  ExpressionSpecification,
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibreMap,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { byZoom, FONT_BOLD, labelLayers, type Reading } from "./labels.ts";
import { type MapTheme, themeOf } from "./themes.ts";

const EMPTY = { type: "FeatureCollection" as const, features: [] };

function lineColor(theme: MapTheme): ExpressionSpecification {
  const cases = theme.lines.flatMap((color, slot) => [slot, color]);
  return ["match", ["get", "slot"], ...cases, theme.lines[0]!] as unknown as ExpressionSpecification;
}

export function rampExpression(theme: MapTheme): ExpressionSpecification {
  const value: ExpressionSpecification = ["coalesce", ["feature-state", "v"], 128];
  return ["interpolate", ["linear"], value, ...theme.ramp.flat()] as ExpressionSpecification;
}

/** Layers nobody sees from afar, and the zoom from which they are fetched: the first picture does not wait for them. */
const LATER: Readonly<Record<string, number>> = { bus: 11, stops: 12.5 };

function layerUrl(layersUrl: string, name: string): string {
  return new URL(`${layersUrl}${name}.geojson`, document.baseURI).href;
}

/** Fetches the layers that are left for later, once each, when the map comes near. */
export function fetchLater(map: MapLibreMap, layersUrl: string, layers: readonly string[]): void {
  const left = new Set(layers.filter((name) => name in LATER));
  const look = (): void => {
    for (const name of left) {
      if (map.getZoom() < LATER[name]!) continue;
      left.delete(name);
      (map.getSource(name) as GeoJSONSource | undefined)?.setData(layerUrl(layersUrl, name));
    }
  };
  map.on("zoom", look);
  look();
}

/** The style for a theme; only the layers the city has. */
export function buildStyle(themeName: string, reading: Reading, layersUrl: string, layers: readonly string[]): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {
    walk: { type: "geojson", data: EMPTY },
    routes: { type: "geojson", data: EMPTY },
    stops_drawn: { type: "geojson", data: EMPTY },
    sketch: { type: "geojson", data: EMPTY },
    sketch_points: { type: "geojson", data: EMPTY },
    trip: { type: "geojson", data: EMPTY },
    trip_ends: { type: "geojson", data: EMPTY },
  };
  for (const name of layers) {
    sources[name] = { type: "geojson", data: name in LATER ? EMPTY : layerUrl(layersUrl, name), tolerance: 0.4 };
  }
  const theme = themeOf(themeName);
  const all = [
    ...groundLayers(theme, reading), ...transitLayers(theme, reading), ...drawnLayers(theme), ...tripLayers(theme),
    ...labelLayers(theme, reading), ...routeLetters(theme, reading), ...tripNames(theme, reading),
  ];
  const known = (layer: LayerSpecification): boolean => !("source" in layer) || String(layer.source) in sources;
  return { version: 8, transition: { duration: 0, delay: 0 }, sources, layers: all.filter(known) };
}

/** Changes the colours and the size of the words of a map that is on the screen; what is drawn and painted stays. */
export function applyStyle(map: MapLibreMap, themeName: string, reading: Reading, layersUrl: string, layers: readonly string[]): void {
  for (const layer of buildStyle(themeName, reading, layersUrl, layers).layers) {
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      map.setPaintProperty(layer.id, name as Parameters<MapLibreMap["setPaintProperty"]>[1], value);
    }
    for (const [name, value] of Object.entries(layer.layout ?? {})) {
      if (JSON.stringify(map.getLayoutProperty(layer.id, name as Parameters<MapLibreMap["getLayoutProperty"]>[1])) === JSON.stringify(value)) continue;
      map.setLayoutProperty(layer.id, name as Parameters<MapLibreMap["setLayoutProperty"]>[1], value);
    }
  }
}

/**
 * Round ends cost three times the corners to draw. Below 14, where a street is at most five pixels wide, square ones close the
 * gaps where streets meet just as well.
 */
const STREET_ENDS = {
  "line-cap": ["step", ["zoom"], "square", 14, "round"] as ExpressionSpecification,
  "line-join": ["step", ["zoom"], "miter", 14, "round"] as ExpressionSpecification,
};

/** Widths grow half as much as the words. */
function widener({ scale }: Reading): (...stops: number[]) => ExpressionSpecification {
  const factor = (1 + scale) / 2;
  return (...stops) => byZoom(...stops.map((value, at) => (at % 2 ? value * factor : value)));
}

function groundLayers(theme: MapTheme, reading: Reading): LayerSpecification[] {
  const wide = widener(reading);
  const rank: ExpressionSpecification = ["coalesce", ["get", "rank"], 3];
  const kind: ExpressionSpecification = ["coalesce", ["get", "kind"], "park"];
  return [
    { id: "water", type: "background", paint: { "background-color": theme.water } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": theme.land } },
    { id: "zones", type: "fill", source: "zones", paint: { "fill-color": rampExpression(theme), "fill-antialias": false } },
    {
      id: "parks", type: "fill", source: "parks",
      paint: { "fill-color": ["match", kind, "airport", theme.airport, "cemetery", theme.cemetery, theme.park] },
    },
    { id: "shore", type: "line", source: "land", paint: { "line-color": theme.shore, "line-width": wide(9, 0.7, 13, 1.4) } },
    {
      id: "footways", type: "line", source: "streets", minzoom: 14.5,
      filter: [">", rank, 3],
      paint: { "line-color": theme.streetCasing, "line-width": wide(14.5, 0.8, 17, 1.6), "line-dasharray": [2, 1.5] },
    },
    {
      id: "streets-casing", type: "line", source: "streets", minzoom: 12.5,
      filter: ["<=", rank, 3], layout: STREET_ENDS,
      paint: {
        "line-color": theme.streetCasing,
        "line-opacity": byZoom(12.5, ["case", ["<=", rank, 2], 1, 0], 14, 1),
        "line-width": byZoom(12.5, ["match", rank, 1, 3.4, 2, 2.2, 0], 14, ["match", rank, 1, 6, 2, 4.4, 2.8], 16, ["match", rank, 1, 15, 2, 11, 7.5], 17, ["match", rank, 1, 25, 2, 19, 13]),
      },
    },
    {
      id: "streets-small", type: "line", source: "streets", minzoom: 11.5,
      filter: ["==", rank, 3], layout: STREET_ENDS,
      paint: {
        "line-color": theme.street,
        "line-opacity": byZoom(11.5, 0, 12.5, 0.6, 13.5, 1),
        "line-width": byZoom(11.5, 0.6, 12.5, 0.8, 14, 1.8, 16, 6, 17, 11),
      },
    },
    {
      id: "streets", type: "line", source: "streets", minzoom: 10.5,
      filter: ["==", rank, 2], layout: STREET_ENDS,
      paint: {
        "line-color": theme.street,
        "line-opacity": byZoom(10.5, 0, 11.5, 0.75, 12.5, 0.95, 13.5, 1),
        "line-width": byZoom(10.5, 0.4, 12.5, 1.4, 14, 3.2, 16, 9.4, 17, 17),
      },
    },
    {
      id: "streets-main", type: "line", source: "streets",
      filter: ["==", rank, 1], layout: STREET_ENDS,
      paint: {
        "line-color": theme.streetMain,
        "line-opacity": byZoom(8.5, 0.6, 11, 1),
        "line-width": byZoom(9, 0.5, 11, 1.1, 12.5, 2.4, 14, 4.8, 16, 13.4, 17, 23),
      },
    },
    {
      id: "zone-edge", type: "line", source: "zones",
      paint: {
        "line-color": theme.zoneEdge,
        "line-opacity": 0, // until an area is pointed at: MapLibre then leaves out the whole layer
        "line-width": ["case", ["boolean", ["feature-state", "hover"], false], 2.2, 0],
      },
    },
  ];
}

function transitLayers(theme: MapTheme, reading: Reading): LayerSpecification[] {
  const wide = widener(reading);
  const factor = (1 + reading.scale) / 2;
  const round = { "line-cap": "round", "line-join": "round" } as const;
  // Lines that share a track lie side by side: `offset` counts their widths.
  const beside = (px: number): ExpressionSpecification => ["*", ["coalesce", ["get", "offset"], 0], px * factor];
  const offset = byZoom(9, beside(1.3), 11, beside(2.4), 14, beside(4.8), 16, beside(6.8));
  return [
    {
      id: "bus", type: "line", source: "bus", minzoom: 11.6, layout: round,
      paint: { "line-color": theme.bus, "line-opacity": byZoom(11.6, 0, 12.6, 0.75), "line-width": wide(11.6, 0.5, 13, 1.1, 16, 2.4) },
    },
    {
      id: "subway-casing", type: "line", source: "subway", layout: round,
      paint: { "line-color": theme.subwayCasing, "line-opacity": 0.8, "line-offset": offset, "line-width": wide(9, 2.1, 11, 3.6, 14, 7.2, 16, 10) },
    },
    {
      id: "subway", type: "line", source: "subway", layout: round,
      paint: {
        "line-color": ["coalesce", ["get", "color"], theme.textSoft],
        "line-opacity": theme.subwayOpacity,
        "line-offset": offset,
        "line-width": wide(9, 1.3, 11, 2.4, 14, 4.8, 16, 6.8),
      },
    },
    {
      id: "stops", type: "circle", source: "stops", minzoom: 13.4,
      filter: ["==", ["coalesce", ["get", "mode"], "bus"], "bus"],
      paint: {
        "circle-color": theme.halo,
        "circle-stroke-color": theme.stop,
        "circle-stroke-width": wide(13.4, 0.8, 16, 1.6),
        "circle-radius": wide(13.4, 1.2, 15, 2.4, 17, 5),
      },
    },
    {
      id: "stations", type: "circle", source: "stations", minzoom: 11,
      paint: {
        "circle-color": theme.handle,
        "circle-stroke-color": theme.casing === "#ffffff" ? theme.text : theme.casing,
        "circle-stroke-width": wide(11, 0.8, 14, 1.8),
        "circle-radius": wide(11, 1.3, 14, 4, 16, 6),
      },
    },
  ];
}

function drawnLayers(theme: MapTheme): LayerSpecification[] {
  const round = { "line-cap": "round", "line-join": "round" } as const;
  const width = byZoom(9, 3.5, 11, 5, 14, 7.5);
  const casing = byZoom(9, 6.5, 11, 9, 14, 12.5);
  const dot = (factor: number): ExpressionSpecification => ["*", factor, ["sqrt", ["get", "people"]]]; // area as people
  return [
    {
      id: "walk", type: "circle", source: "walk",
      paint: {
        "circle-color": lineColor(theme),
        "circle-opacity": 0.6,
        "circle-radius": byZoom(9, dot(0.05), 12, dot(0.16), 14, dot(0.4), 17, dot(1.2)),
      },
    },
    { id: "routes-casing", type: "line", source: "routes", layout: round, paint: { "line-color": theme.casing, "line-width": casing, "line-opacity": 0.95 } },
    { id: "routes", type: "line", source: "routes", layout: round, paint: { "line-color": lineColor(theme), "line-width": width } },
    { id: "sketch-casing", type: "line", source: "sketch", layout: round, paint: { "line-color": theme.casing, "line-width": casing, "line-opacity": 0.95 } },
    { id: "sketch", type: "line", source: "sketch", layout: round, paint: { "line-color": lineColor(theme), "line-width": width } },
    {
      id: "stops-drawn", type: "circle", source: "stops_drawn", minzoom: 10.8,
      paint: {
        "circle-color": theme.handle,
        "circle-stroke-color": lineColor(theme),
        "circle-stroke-width": byZoom(10.8, 1, 14, 2.2),
        "circle-radius": byZoom(10.8, 1.4, 12.5, 3, 14, 4.4, 16, 6),
      },
    },
    {
      id: "sketch-points", type: "circle", source: "sketch_points",
      paint: {
        "circle-color": theme.handle,
        "circle-stroke-color": lineColor(theme),
        "circle-stroke-width": 3,
        "circle-radius": ["case", ["boolean", ["get", "last"], false], 8, 6],
      },
    },
  ];
}

/** Today's way is a broad band; the way with the drawn route runs narrow and dark on top of it. Walks are dotted. */
function tripLayers(theme: MapTheme): LayerSpecification[] {
  const round = { "line-cap": "round", "line-join": "round" } as const;
  const is = (when: string, mode: string): ExpressionSpecification => ["all", ["==", ["get", "when"], when], ["==", ["get", "mode"], mode]];
  const broad = byZoom(9, 7, 12, 11, 15, 16);
  const narrow = byZoom(9, 2.2, 12, 3.2, 15, 5);
  const dots = { "line-dasharray": [0.01, 1.6] };
  return [
    { id: "trip-before-ride", type: "line", source: "trip", filter: is("before", "ride"), layout: round, paint: { "line-color": theme.tripBefore, "line-width": broad, "line-opacity": 0.75 } },
    { id: "trip-before-walk", type: "line", source: "trip", filter: is("before", "walk"), layout: round, paint: { "line-color": theme.tripBefore, "line-width": broad, "line-opacity": 0.75, ...dots } },
    { id: "trip-after-ride", type: "line", source: "trip", filter: is("after", "ride"), layout: round, paint: { "line-color": theme.tripAfter, "line-width": narrow } },
    { id: "trip-after-walk", type: "line", source: "trip", filter: is("after", "walk"), layout: round, paint: { "line-color": theme.tripAfter, "line-width": narrow, ...dots } },
    {
      id: "trip-ends", type: "circle", source: "trip_ends",
      paint: {
        "circle-color": ["case", ["==", ["get", "end"], "start"], theme.handle, theme.tripAfter],
        "circle-stroke-color": ["case", ["==", ["get", "end"], "start"], theme.tripAfter, theme.handle],
        "circle-stroke-width": 3,
        "circle-radius": 7,
      },
    },
  ];
}

function tripNames(theme: MapTheme, { scale }: Reading): LayerSpecification[] {
  return [
    {
      id: "trip-names", type: "symbol", source: "trip_ends",
      layout: {
        "text-field": ["get", "name"], "text-font": FONT_BOLD, "text-size": 15 * scale, "text-offset": [0, -1.25],
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": theme.text, "text-halo-color": theme.halo, "text-halo-width": 2.5 },
    },
  ];
}

/** The letters of alternatives at both ends of their lines. */
function routeLetters(theme: MapTheme, { scale }: Reading): LayerSpecification[] {
  return [
    {
      id: "route-letters", type: "symbol", source: "stops_drawn",
      filter: ["all", ["has", "letter"], ["boolean", ["get", "terminal"], false]],
      layout: {
        "text-field": ["get", "letter"], "text-font": FONT_BOLD, "text-size": byZoom(9, 14 * scale, 13, 19 * scale),
        "text-allow-overlap": true, "text-ignore-placement": true, "text-offset": [0, -1],
      },
      paint: { "text-color": lineColor(theme), "text-halo-color": theme.casing, "text-halo-width": 2.5 },
    },
  ];
}
