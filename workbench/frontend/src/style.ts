// The map's style: our own vector layers, from the sea up to the labels. Nothing comes from another host.
import type {
  ExpressionSpecification,
  LayerSpecification,
  Map as MapLibreMap,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { type MapTheme, themeOf } from "./themes.ts";

/** Fonts of the reader's own machine; MapLibre draws their letters itself. The first name sets the weight. */
const FONT = ["UI Medium", "system-ui", "Noto Sans", "sans-serif"];
const FONT_BOLD = ["UI Bold", "system-ui", "Noto Sans", "sans-serif"];

const EMPTY = { type: "FeatureCollection" as const, features: [] };

/** A value that grows with the zoom: pairs of zoom and value. */
function byZoom(...stops: (number | ExpressionSpecification)[]): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], ...stops] as ExpressionSpecification;
}

function lineColor(theme: MapTheme): ExpressionSpecification {
  const cases = theme.lines.flatMap((color, slot) => [slot, color]);
  return ["match", ["get", "slot"], ...cases, theme.lines[0]!] as unknown as ExpressionSpecification;
}

export function rampExpression(theme: MapTheme): ExpressionSpecification {
  const value: ExpressionSpecification = ["coalesce", ["feature-state", "v"], 128];
  return ["interpolate", ["linear"], value, ...theme.ramp.flat()] as ExpressionSpecification;
}

/** The style for a theme; only the layers the city has. */
export function buildStyle(themeName: string, layersUrl: string, layers: readonly string[]): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {
    routes: { type: "geojson", data: EMPTY },
    stops_drawn: { type: "geojson", data: EMPTY },
    sketch: { type: "geojson", data: EMPTY },
    sketch_points: { type: "geojson", data: EMPTY },
    band: { type: "geojson", data: EMPTY },
    trip: { type: "geojson", data: EMPTY },
    trip_ends: { type: "geojson", data: EMPTY },
  };
  for (const name of layers) {
    sources[name] = { type: "geojson", data: new URL(`${layersUrl}${name}.geojson`, document.baseURI).href, tolerance: 0.4 };
  }
  const theme = themeOf(themeName);
  const all = [...groundLayers(theme), ...transitLayers(theme), ...drawnLayers(theme), ...tripLayers(theme), ...labelLayers(theme), ...tripNames(theme)];
  const known = (layer: LayerSpecification): boolean => !("source" in layer) || String(layer.source) in sources;
  return { version: 8, sources, layers: all.filter(known) };
}

/** Changes the colours of a map that is on the screen; what is drawn and painted stays. */
export function applyTheme(map: MapLibreMap, themeName: string, layersUrl: string, layers: readonly string[]): void {
  for (const layer of buildStyle(themeName, layersUrl, layers).layers) {
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      map.setPaintProperty(layer.id, name as Parameters<MapLibreMap["setPaintProperty"]>[1], value);
    }
  }
}

function groundLayers(theme: MapTheme): LayerSpecification[] {
  const rank: ExpressionSpecification = ["coalesce", ["get", "rank"], 3];
  return [
    { id: "water", type: "background", paint: { "background-color": theme.water } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": theme.land } },
    { id: "zones", type: "fill", source: "zones", paint: { "fill-color": rampExpression(theme), "fill-antialias": false } },
    { id: "parks", type: "fill", source: "parks", paint: { "fill-color": theme.park } },
    {
      id: "streets", type: "line", source: "streets", minzoom: 10.5,
      filter: [">=", rank, 2],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": theme.street,
        "line-opacity": byZoom(10.5, 0, 11.5, ["case", ["==", rank, 2], 0.75, 0], 12.5, ["case", ["==", rank, 2], 0.9, 0.45], 13.5, 0.9),
        "line-width": byZoom(10.5, 0.4, 13, ["case", ["==", rank, 2], 1.6, 0.9], 16, ["case", ["==", rank, 2], 8, 5]),
      },
    },
    {
      id: "streets-main", type: "line", source: "streets",
      filter: ["==", rank, 1],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": theme.streetMain,
        "line-opacity": byZoom(8.5, 0.55, 11, 0.9),
        "line-width": byZoom(9, 0.5, 11, 1, 13, 2.4, 16, 11),
      },
    },
    { id: "shore", type: "line", source: "land", paint: { "line-color": theme.shore, "line-width": byZoom(9, 0.6, 13, 1.2) } },
    {
      id: "zone-edge", type: "line", source: "zones",
      paint: {
        "line-color": theme.zoneEdge,
        "line-width": ["case", ["boolean", ["feature-state", "hover"], false], 2.2, 0],
      },
    },
  ];
}

function transitLayers(theme: MapTheme): LayerSpecification[] {
  // Lines that share a track lie side by side: `offset` counts their widths.
  const beside = (px: number): ExpressionSpecification => ["*", ["coalesce", ["get", "offset"], 0], px];
  const offset = byZoom(9, beside(1), 11, beside(2), 14, beside(4.6), 16, beside(6.6));
  return [
    {
      id: "bus", type: "line", source: "bus", minzoom: 10.8,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": theme.bus, "line-opacity": byZoom(10.8, 0, 11.6, 0.7), "line-width": byZoom(11, 0.5, 13, 1.1, 16, 2.5) },
    },
    {
      id: "subway-casing", type: "line", source: "subway",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": theme.subwayCasing, "line-opacity": 0.8, "line-offset": offset, "line-width": byZoom(9, 1.6, 11, 3, 14, 7, 16, 10) },
    },
    {
      id: "subway", type: "line", source: "subway",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["coalesce", ["get", "color"], theme.textSoft],
        "line-opacity": theme.subwayOpacity,
        "line-offset": offset,
        "line-width": byZoom(9, 1, 11, 1.9, 14, 4.2, 16, 6),
      },
    },
    {
      id: "stops", type: "circle", source: "stops", minzoom: 13.2,
      paint: {
        "circle-color": theme.halo,
        "circle-stroke-color": theme.stop,
        "circle-stroke-width": byZoom(13.2, 0.8, 16, 1.6),
        "circle-radius": byZoom(13.2, 1.4, 16, 4),
      },
    },
    {
      id: "stations", type: "circle", source: "stations", minzoom: 11.4,
      paint: {
        "circle-color": theme.handle,
        "circle-stroke-color": theme.text,
        "circle-stroke-width": byZoom(11.4, 0.8, 14, 1.8),
        "circle-radius": byZoom(11.4, 1.3, 14, 4, 16, 6),
      },
    },
  ];
}

function drawnLayers(theme: MapTheme): LayerSpecification[] {
  const round = { "line-cap": "round", "line-join": "round" } as const;
  const width = byZoom(9, 3.5, 11, 5, 14, 7.5);
  const casing = byZoom(9, 6.5, 11, 9, 14, 12.5);
  return [
    { id: "routes-casing", type: "line", source: "routes", layout: round, paint: { "line-color": theme.casing, "line-width": casing, "line-opacity": 0.95 } },
    { id: "routes", type: "line", source: "routes", layout: round, paint: { "line-color": lineColor(theme), "line-width": width } },
    { id: "sketch-casing", type: "line", source: "sketch", layout: round, paint: { "line-color": theme.casing, "line-width": casing, "line-opacity": 0.95 } },
    { id: "sketch", type: "line", source: "sketch", layout: round, paint: { "line-color": lineColor(theme), "line-width": width } },
    {
      id: "band", type: "line", source: "band", layout: { "line-cap": "round" },
      paint: { "line-color": lineColor(theme), "line-width": byZoom(9, 2.5, 14, 4), "line-dasharray": [0.2, 2], "line-opacity": 0.9 },
    },
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

function tripNames(theme: MapTheme): LayerSpecification[] {
  return [
    {
      id: "trip-names", type: "symbol", source: "trip_ends",
      layout: {
        "text-field": ["get", "name"], "text-font": FONT_BOLD, "text-size": 15, "text-offset": [0, -1.25],
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": theme.text, "text-halo-color": theme.halo, "text-halo-width": 2.5 },
    },
  ];
}

function labelLayers(theme: MapTheme): LayerSpecification[] {
  const halo = { "text-halo-color": theme.halo, "text-halo-width": 1.6, "text-halo-blur": 0.4 };
  const rank: ExpressionSpecification = ["coalesce", ["get", "rank"], 3];
  const isBorough: ExpressionSpecification = ["==", ["get", "kind"], "borough"];
  return [
    {
      id: "station-names", type: "symbol", source: "stations", minzoom: 13.4,
      layout: {
        "text-field": ["get", "name"], "text-font": FONT, "text-size": byZoom(13.4, 11, 16, 13.5),
        "text-anchor": "left", "text-offset": [0.7, 0], "text-max-width": 9, "text-justify": "left",
      },
      paint: { "text-color": theme.text, ...halo, "text-halo-width": 2.2 },
    },
    {
      id: "labels", type: "symbol", source: "labels", minzoom: 10.6,
      filter: ["!", isBorough],
      layout: {
        "text-field": ["get", "name"], "text-font": FONT, "text-max-width": 7, "text-line-height": 1.1,
        "text-size": byZoom(10.6, 10.5, 13, 14, 15, 17), "symbol-sort-key": rank, "text-padding": 6,
      },
      paint: { "text-color": theme.textSoft, ...halo },
    },
    {
      id: "borough-names", type: "symbol", source: "labels", maxzoom: 12.2,
      filter: isBorough,
      layout: {
        "text-field": ["upcase", ["get", "name"]], "text-font": FONT_BOLD, "text-letter-spacing": 0.16, "text-max-width": 8,
        "text-size": byZoom(8.5, 12, 10, 16, 12, 22), "symbol-sort-key": 0,
      },
      paint: { "text-color": theme.text, "text-opacity": byZoom(11.4, 1, 12.2, 0.25), ...halo },
    },
    {
      id: "route-letters", type: "symbol", source: "stops_drawn",
      filter: ["all", ["has", "letter"], ["boolean", ["get", "terminal"], false]],
      layout: {
        "text-field": ["get", "letter"], "text-font": FONT_BOLD, "text-size": byZoom(9, 14, 13, 19),
        "text-allow-overlap": true, "text-ignore-placement": true, "text-offset": [0, -1],
      },
      paint: { "text-color": lineColor(theme), "text-halo-color": theme.casing, "text-halo-width": 2.5 },
    },
  ];
}
