// Pointing at an area tells its name and its change in words; a click asks Python for the exact sentence.
import { type Map as MapLibreMap, type MapGeoJSONFeature, Popup } from "maplibre-gl";
import type { Results } from "./results.ts";

export interface ZoneWords {
  /** Python's answer about an area. */
  answer(zoneIx: number, text: string): void;
  close(): void;
}

interface Asking {
  ask(zoneIx: number): void;
  say(text: string): void;
  crossVisible(): boolean;
  isDrawing(): boolean;
}

export function installZoneWords(map: MapLibreMap, results: Results, asking: Asking): ZoneWords {
  const tip = new Popup({ closeButton: false, closeOnClick: false, className: "sk-tip", offset: 12, maxWidth: "260px" });
  const popup = new Popup({ closeButton: true, closeOnClick: true, className: "sk-popup", maxWidth: "300px", focusAfterOpen: false });
  let asked = -1;
  let askedName = "";

  const at = (point: { x: number; y: number }): MapGeoJSONFeature | undefined =>
    map.getLayer("zones") ? map.queryRenderedFeatures([point.x, point.y], { layers: ["zones"] })[0] : undefined;

  const onLine = ({ x, y }: { x: number; y: number }): boolean =>
    map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: ["sketch"] }).length > 0;

  map.on("mousemove", ({ point, lngLat, originalEvent }) => {
    const zone = originalEvent.buttons === 0 && results.painted ? at(point) : undefined;
    // While a line is being drawn no area is outlined: each outline has the whole map painted again.
    results.hover(zone && !asking.isDrawing() ? Number(zone.id) : -1);
    if (!zone || popup.isOpen()) return void tip.remove();
    tip.setLngLat(lngLat).setDOMContent(words(nameOf(zone), results.words(Number(zone.id))));
    if (!tip.isOpen()) tip.addTo(map);
  });
  map.on("mouseout", () => {
    tip.remove();
    results.hover(-1);
  });
  map.on("click", ({ point, lngLat, defaultPrevented }) => {
    if (defaultPrevented || !results.painted || onLine(point)) return;
    const zone = at(point);
    if (!zone) return;
    tip.remove();
    asked = Number(zone.id);
    askedName = nameOf(zone);
    popup.setLngLat(lngLat).setDOMContent(words(askedName, results.words(asked))).addTo(map);
    asking.ask(asked);
  });
  map.on("moveend", () => {
    if (!asking.crossVisible()) return;
    const size = map.getContainer();
    const zone = at({ x: size.clientWidth / 2, y: size.clientHeight / 2 });
    if (zone) asking.say(`${nameOf(zone)}. ${results.words(Number(zone.id))}`.trim());
  });

  return {
    answer(zoneIx, text) {
      if (zoneIx !== asked || !popup.isOpen()) return;
      popup.setDOMContent(words(askedName, text));
      asking.say(`${askedName}. ${text}`);
    },
    close() {
      popup.remove();
      tip.remove();
    },
  };
}

/** `East New York, Brooklyn`, from whichever of these the area carries. */
function nameOf(zone: MapGeoJSONFeature): string {
  const { nta_name: neighborhood, name, borough } = zone.properties as Record<string, string | undefined>;
  return [neighborhood ?? name, borough].filter(Boolean).join(", ");
}

/** Names are text, never markup. */
function words(name: string, text: string): HTMLElement {
  const box = document.createElement("div");
  const title = document.createElement("strong");
  const body = document.createElement("p");
  title.textContent = name;
  body.textContent = text;
  box.append(title, body);
  return box;
}
