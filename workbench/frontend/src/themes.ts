// The colours of the map in each theme. The rest of the page takes its colours from publish/templates/style.css.

export interface MapTheme {
  water: string;
  land: string;
  shore: string;
  park: string;
  cemetery: string;
  airport: string;
  parkText: string;
  waterText: string;
  street: string;
  streetMain: string;
  streetCasing: string;
  streetText: string;
  bus: string;
  busText: string;
  busPlate: string;
  stop: string;
  zoneEdge: string;
  text: string;
  textSoft: string;
  halo: string;
  casing: string;
  subwayCasing: string;
  subwayOpacity: number;
  handle: string;
  /** The way of a trip today, and with the drawn route. */
  tripBefore: string;
  tripAfter: string;
  /** Lines A to H: the tokens --line-a to --line-h. */
  lines: readonly string[];
  /** Painted areas from byte 0 to 255, colour and opacity; nothing at 128. */
  ramp: readonly (readonly [number, string])[];
}

const light: MapTheme = {
  water: "#bcd5e4",
  land: "#f1eee5",
  shore: "#93b1c3",
  park: "#cfe0bb",
  cemetery: "#dbe2cd",
  airport: "#e2e0e6",
  parkText: "#3f6130",
  waterText: "#3d6a86",
  street: "#ffffff",
  streetMain: "#ffffff",
  streetCasing: "#d3cdbe",
  streetText: "#5b574d",
  bus: "#7d93b5",
  busText: "#2b4a80",
  busPlate: "#ffffff",
  stop: "#6d6a62",
  zoneEdge: "#4b5258",
  text: "#23282e",
  textSoft: "#5b625f",
  halo: "rgba(255,255,255,0.92)",
  casing: "#ffffff",
  subwayCasing: "#ffffff",
  subwayOpacity: 0.85,
  handle: "#ffffff",
  tripBefore: "#f0b400",
  tripAfter: "#14181d",
  lines: ["#c8005f", "#4a34c4", "#00697f", "#8a4a00", "#6d1f7d", "#2f6b1d", "#9b1c1c", "#3a4652"],
  ramp: [
    [0, "rgba(140,45,4,0.92)"],
    [64, "rgba(226,120,60,0.86)"],
    [118, "rgba(247,200,165,0.8)"],
    [127, "rgba(250,220,195,0.6)"],
    [128, "rgba(241,238,229,0)"],
    [129, "rgba(205,235,228,0.7)"],
    [138, "rgba(165,221,210,0.82)"],
    [192, "rgba(56,163,146,0.86)"],
    [255, "rgba(0,77,68,0.92)"],
  ],
};

const dark: MapTheme = {
  water: "#0c1620",
  land: "#20262d",
  shore: "#46586a",
  park: "#213a2b",
  cemetery: "#263430",
  airport: "#2b2e3a",
  parkText: "#9cc69f",
  waterText: "#86aeca",
  street: "#343d47",
  streetMain: "#46525f",
  streetCasing: "#181d23",
  streetText: "#b3bdc7",
  bus: "#5f7799",
  busText: "#cfe0ff",
  busPlate: "#22324c",
  stop: "#9aa7b4",
  zoneEdge: "#e9eef2",
  text: "#f1f4f7",
  textSoft: "#b6c1cc",
  halo: "rgba(14,20,27,0.9)",
  casing: "#0b0f14",
  subwayCasing: "#5d6b79",
  subwayOpacity: 0.9,
  handle: "#ffffff",
  tripBefore: "#c79a1e",
  tripAfter: "#ffffff",
  lines: ["#ff4f9d", "#9c8dff", "#3cc4de", "#e2a04a", "#d487e6", "#85cc6a", "#ff8080", "#b3c4d4"],
  ramp: [
    [0, "rgba(255,150,80,0.92)"],
    [64, "rgba(214,104,44,0.82)"],
    [118, "rgba(128,66,36,0.8)"],
    [127, "rgba(90,54,38,0.7)"],
    [128, "rgba(32,38,45,0)"],
    [129, "rgba(28,66,64,0.75)"],
    [138, "rgba(24,92,86,0.82)"],
    [192, "rgba(42,160,144,0.86)"],
    [255, "rgba(130,240,222,0.92)"],
  ],
};

const contrast: MapTheme = {
  ...dark,
  water: "#000000",
  land: "#1a1a1a",
  shore: "#ffffff",
  park: "#0c2a14",
  cemetery: "#18261b",
  airport: "#26262e",
  parkText: "#c9ffd0",
  waterText: "#b5e3ff",
  street: "#3d3d3d",
  streetMain: "#5e5e5e",
  streetCasing: "#000000",
  streetText: "#ffffff",
  bus: "#8aa4cc",
  busText: "#ffffff",
  busPlate: "#000000",
  stop: "#ffffff",
  zoneEdge: "#ffffff",
  text: "#ffffff",
  textSoft: "#ffffff",
  halo: "#000000",
  casing: "#000000",
  subwayCasing: "#8c8c8c",
  subwayOpacity: 1,
  lines: ["#ff5cab", "#b3a6ff", "#5ce1ff", "#ffb84d", "#eaa3ff", "#9dff7a", "#ff9a9a", "#ffffff"],
  ramp: [
    [0, "rgba(255,176,103,1)"],
    [64, "rgba(214,110,30,0.95)"],
    [118, "rgba(128,60,10,0.95)"],
    [127, "rgba(100,48,10,0.9)"],
    [128, "rgba(26,26,26,0)"],
    [129, "rgba(0,70,62,0.9)"],
    [138, "rgba(0,96,86,0.95)"],
    [192, "rgba(20,165,148,0.95)"],
    [255, "rgba(92,242,220,1)"],
  ],
};

export const THEMES: Readonly<Record<string, MapTheme>> = { light, dark, contrast };

/** The theme of that name; light for a name that is not known. */
export function themeOf(name: string): MapTheme {
  return THEMES[name] ?? light;
}
