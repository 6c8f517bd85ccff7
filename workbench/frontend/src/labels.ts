// Everything that is written on the map. What comes later in the list is written first where two want the same place.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { MapTheme } from "./themes.ts";

/** How the map is read: how large its words are (1 at a desk, more on a projector), and in which language. */
export interface Reading {
  scale: number;
  /** Of the page, e.g. `es`. A pack that knows names in it is asked for those first. */
  lang: string;
}

/** Fonts of the reader's own machine; MapLibre draws their letters itself. The first name sets weight and slant. */
export const FONT = ["UI Medium", "system-ui", "Noto Sans", "sans-serif"];
export const FONT_BOLD = ["UI Bold", "system-ui", "Noto Sans", "sans-serif"];
const FONT_ITALIC = ["UI Medium Italic", "system-ui", "Noto Sans", "sans-serif"];

type Value = number | ExpressionSpecification;

/** A value that grows with the zoom: pairs of zoom and value. */
export function byZoom(...stops: Value[]): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], ...stops] as ExpressionSpecification;
}

/** The name in the reader's language where the pack has it (`name:es`), else the name on the spot. */
function nameIn(lang: string): ExpressionSpecification {
  return ["coalesce", ["get", `name:${lang}`], ["get", "name"], ""];
}

export function labelLayers(theme: MapTheme, { scale, lang }: Reading): LayerSpecification[] {
  const name = nameIn(lang);
  const px = (...stops: number[]): ExpressionSpecification => byZoom(...stops.map((value, at) => (at % 2 ? value * scale : value)));
  const halo = { "text-halo-color": theme.halo, "text-halo-width": 1.6 * scale, "text-halo-blur": 0.3 };
  const rank: ExpressionSpecification = ["coalesce", ["get", "rank"], 3];
  const isKind = (...kinds: string[]): ExpressionSpecification => ["in", ["coalesce", ["get", "kind"], "neighborhood"], ["literal", kinds]];
  // A label says from which zoom on it is written, and up to which.
  const isTime: ExpressionSpecification = ["all", ["<=", ["coalesce", ["get", "min_zoom"], 0], ["zoom"]], [">", ["coalesce", ["get", "max_zoom"], 99], ["zoom"]]];
  const area = (...kinds: string[]): ExpressionSpecification => ["all", isKind(...kinds), isTime];
  const bullet = Math.round(13 * scale);
  const hasLines: ExpressionSpecification = ["!=", ["coalesce", ["get", "lines"], ""], ""];
  return [
    {
      id: "stop-names", type: "symbol", source: "stops", minzoom: 15.6,
      filter: ["==", ["get", "mode"], "bus"],
      layout: {
        "text-field": name, "text-font": FONT, "text-size": px(15.6, 10.5, 17, 12.5), "text-max-width": 9,
        "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.7, "text-justify": "auto", "text-padding": 4,
      },
      paint: { "text-color": theme.textSoft, ...halo },
    },
    {
      id: "street-names", type: "symbol", source: "streets", minzoom: 13.6,
      filter: ["has", "name"],
      layout: {
        "text-field": name, "text-font": FONT, "text-size": px(13.6, 10.5, 17, 14), "symbol-placement": "line",
        "symbol-spacing": 320, "symbol-sort-key": rank, "text-max-angle": 25, "text-padding": 3,
      },
      paint: { "text-color": theme.streetText, ...halo },
    },
    {
      id: "bus-names", type: "symbol", source: "bus", minzoom: 13,
      layout: {
        "text-field": ["get", "name"], "text-font": FONT_BOLD, "text-size": px(13, 9.5, 16, 12), "symbol-placement": "line",
        "symbol-spacing": byZoom(13, 380, 16, 460), "text-rotation-alignment": "viewport", "text-padding": 8,
        "icon-image": `plate|${theme.busPlate}|${theme.bus}`, "icon-text-fit": "both", "icon-rotation-alignment": "viewport",
      },
      paint: { "text-color": theme.busText },
    },
    {
      id: "line-names", type: "symbol", source: "subway", minzoom: 9.4,
      filter: ["has", "routes"],
      layout: {
        "icon-image": ["concat", `trunk|${bullet}|`, ["get", "color"], "|", ["get", "routes"]], "symbol-placement": "line",
        "symbol-spacing": byZoom(10, 200, 14, 420), "icon-rotation-alignment": "viewport", "icon-padding": byZoom(10, 10, 14, 24),
      },
    },
    {
      id: "station-names", type: "symbol", source: "stations", minzoom: 12.6,
      filter: ["all", ["has", "rank"], ["<=", ["step", ["get", "rank"], 12, 2, 13, 3, 13], ["zoom"]]],
      layout: {
        "text-field": ["case", hasLines, ["format", name, {}, "\n", {}, ["image", ["concat", `lines|${bullet}|`, ["get", "lines"]]], {}], name] as ExpressionSpecification,
        "text-font": FONT_BOLD, "text-size": px(12.6, 11, 16, 13.5), "text-max-width": 10, "text-line-height": 1.25,
        "text-variable-anchor": ["left", "right"], "text-radial-offset": 0.75, "text-justify": "auto", "symbol-sort-key": rank, "text-padding": 2,
      },
      paint: { "text-color": theme.text, ...halo, "text-halo-width": 2.2 * scale },
    },
    {
      id: "water-names", type: "symbol", source: "labels",
      filter: area("water"),
      layout: {
        "text-field": name, "text-font": FONT_ITALIC, "text-size": px(9, 11.5, 12, 14, 15, 17), "text-letter-spacing": 0.08,
        "text-max-width": 6, "text-padding": 4, "symbol-sort-key": ["get", "min_zoom"],
      },
      paint: { "text-color": theme.waterText, "text-halo-color": theme.water, "text-halo-width": 1.4 * scale },
    },
    {
      id: "park-names", type: "symbol", source: "labels",
      filter: area("park", "cemetery", "airport"),
      layout: { "text-field": name, "text-font": FONT_ITALIC, "text-size": px(11, 11, 15, 15), "text-max-width": 7, "text-padding": 6 },
      paint: { "text-color": theme.parkText, ...halo },
    },
    {
      id: "labels", type: "symbol", source: "labels", minzoom: 10.6,
      filter: area("neighborhood"),
      layout: {
        "text-field": name, "text-font": FONT_BOLD, "text-max-width": 7, "text-line-height": 1.1,
        "text-size": px(10.6, 11, 13, 14.5, 15, 18), "symbol-sort-key": rank, "text-padding": byZoom(11, 9, 14, 5),
      },
      paint: { "text-color": theme.textSoft, ...halo, "text-halo-width": 1.9 * scale },
    },
    {
      id: "outside-names", type: "symbol", source: "labels", maxzoom: 13,
      filter: area("outside"),
      layout: {
        "text-field": ["upcase", name], "text-font": FONT_ITALIC, "text-size": px(9, 11, 12, 15), "text-letter-spacing": 0.12, "text-max-width": 7,
      },
      paint: { "text-color": theme.textSoft, "text-halo-color": theme.water, "text-halo-width": 1.4 * scale },
    },
    {
      id: "borough-names", type: "symbol", source: "labels", maxzoom: 12.2,
      filter: isKind("borough"),
      layout: {
        "text-field": ["upcase", name], "text-font": FONT_BOLD, "text-letter-spacing": 0.14, "text-max-width": 8,
        "text-size": px(8.5, 12, 10, 17, 12, 24), "symbol-sort-key": 0,
      },
      paint: { "text-color": theme.text, "text-opacity": byZoom(11.4, 1, 12.2, 0.25), ...halo, "text-halo-width": 2.2 * scale },
    },
  ];
}
