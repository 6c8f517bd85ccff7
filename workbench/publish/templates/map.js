// What a published map draws with Leaflet: the ground, the results by zone, the routes, a legend. Names are always set
// as text, never as markup. `workbench/publish/maps.py` calls these functions; nothing here asks any host for anything.
"use strict";

window.assemblyMap = (() => {
  // The light colours of the workbench's own map (frontend/src/themes.ts).
  const COLORS = {
    water: "#bcd5e4", land: "#f1eee5", shore: "#93b1c3", park: "#cfe0bb", cemetery: "#dbe2cd", airport: "#e2e0e6", street: "#ffffff",
  };

  /** Drawing order, from the ground up. Only results and routes take the pointer. */
  function addPanes(map, credit) {
    ["ground", "results", "above", "names", "routes"].forEach((name, ix) => {
      const pane = map.createPane(name);
      pane.style.zIndex = String(300 + 20 * ix);
      if (!["results", "routes"].includes(name)) pane.style.pointerEvents = "none";
    });
    map.getContainer().style.background = COLORS.water;
    map.attributionControl.setPrefix("Drawn with Leaflet");
    map.attributionControl.addAttribution(element("span", credit).outerHTML);
  }

  function addGround(map, base) {
    addPanes(map, base.credit);
    const ground = L.canvas({ pane: "ground", padding: 0.5 });
    const above = L.canvas({ pane: "above", padding: 0.5 });
    const plain = (renderer, style) => ({ renderer, pane: renderer.options.pane, interactive: false, style });
    L.geoJSON(base.land, plain(ground, { fillColor: COLORS.land, fillOpacity: 1, color: COLORS.shore, weight: 1 })).addTo(map);
    // Parks lie above the results: nobody lives there.
    L.geoJSON(base.parks, plain(above, (park) => ({
      fillColor: COLORS[park.properties.kind] ?? COLORS.park, fillOpacity: 1, stroke: false,
    }))).addTo(map);
    const streets = L.geoJSON(base.streets, plain(above, {})).addTo(map);
    const subway = base.subway.features.map(({ properties, geometry }) => {
      const line = L.polyline([], { renderer: above, pane: "above", interactive: false, color: properties.color || "#666666", opacity: 0.9 });
      const parts = geometry.type === "LineString" ? [geometry.coordinates] : geometry.coordinates;
      return { line: line.addTo(map), parts, offset: properties.offset ?? 0 };
    });
    const stations = L.geoJSON(base.stations, {
      renderer: above, pane: "above", interactive: false,
      pointToLayer: (_, place) => L.circleMarker(place, {
        renderer: above, pane: "above", interactive: false, color: "#23282e", fillColor: "#ffffff", fillOpacity: 1,
      }),
    });
    const draw = () => {
      const zoom = map.getZoom();
      const [main, other] = widths(zoom);
      streets.setStyle((street) => ({ color: COLORS.street, opacity: 0.9, weight: street.properties.rank === 1 ? main : other }));
      const weight = zoom < 11 ? 1.4 : zoom < 13 ? 2.2 : 3.4;
      for (const { line, parts, offset } of subway) {
        line.setStyle({ weight }).setLatLngs(parts.map((part) => beside(map, part, offset * weight)));
      }
      stations.setStyle({ weight: zoom < 14 ? 1 : 1.6 }).eachLayer((dot) => dot.setRadius(zoom < 14 ? 2 : 3.5));
      map[zoom < 12 ? "removeLayer" : "addLayer"](stations);
    };
    map.on("zoomend", draw);
    draw();
  }

  /** A line moved to its right by some pixels, so that lines of several colours on one track lie side by side. */
  function beside(map, part, px) {
    const points = part.map(([lon, lat]) => map.project([lat, lon]));
    if (!px) return part.map(([lon, lat]) => [lat, lon]);
    return points.map((point, ix) => {
      const along = (points[ix + 1] ?? point).subtract(points[ix - 1] ?? point);
      const length = Math.hypot(along.x, along.y) || 1;
      return map.unproject(point.add([(-along.y / length) * px, (along.x / length) * px]));
    });
  }

  /** Widths of main streets and of other streets with buses, pixels. */
  function widths(zoom) {
    if (zoom < 11) return [1, 0.5];
    if (zoom < 13) return [1.8, 1.1];
    return zoom < 15 ? [3.6, 2.4] : [7, 5];
  }

  /** Every name says at which zooms it is written; one that would lie on a more important one or on a route is left out. */
  function addNames(map, labels, routes) {
    const markers = labels.map(([name, lon, lat, kind, first, last]) => {
      const text = kind === "borough" || kind === "outside" ? name.toUpperCase() : name;
      const icon = L.divIcon({ html: element("span", text), className: `map-label map-label-${kind}`, iconSize: [0, 0] });
      const marker = L.marker([lat, lon], { icon, pane: "names", interactive: false, keyboard: false });
      return { marker, first, last, width: name.length * (kind === "borough" ? 12 : 7.5) };
    });
    const choose = () => {
      const zoom = map.getZoom();
      const taken = routes.flatMap((route) => alongRoute(map, route));
      for (const { marker, first, last, width } of markers) {
        const { x, y } = map.latLngToContainerPoint(marker.getLatLng());
        const spot = [x - width / 2, y - 10, x + width / 2, y + 10];
        const isFree = !taken.some((other) => spot[0] < other[2] && other[0] < spot[2] && spot[1] < other[3] && other[1] < spot[3]);
        const isShown = first <= zoom && zoom < last && isFree;
        if (isShown) taken.push(spot);
        map[isShown ? "addLayer" : "removeLayer"](marker);
      }
    };
    map.on("zoomend", choose);
    map.whenReady(choose);
  }

  /** Small boxes all along a route, in pixels. */
  function alongRoute(map, route) {
    const points = route.line.map(([lon, lat]) => map.latLngToContainerPoint([lat, lon]));
    return points.slice(1).flatMap((end, ix) => {
      const start = points[ix];
      const n = Math.ceil(start.distanceTo(end) / 10) || 1;
      return Array.from({ length: n + 1 }, (_, step) => {
        const [x, y] = [start.x + ((end.x - start.x) * step) / n, start.y + ((end.y - start.y) * step) / n];
        return [x - 6, y - 6, x + 6, y + 6];
      });
    });
  }

  /** Paint every zone by the chosen layer; a control beside the map chooses and explains the colours. */
  function addResults(map, base, results) {
    let shown = results.layers[0];
    const style = (zone) => {
      const step = shown.steps[shown.step_ix[zone.properties.ix]];
      return { fillColor: step.color, fillOpacity: step.opacity, stroke: false };
    };
    base.zones.features.forEach((zone, ix) => { zone.properties.ix = ix; });
    const zones = L.geoJSON(base.zones, {
      renderer: L.canvas({ pane: "results", padding: 0.5 }), pane: "results", style,
      onEachFeature: (zone, layer) => {
        layer.bindTooltip(() => zoneWords(zone.properties, results), { sticky: true, className: "zone-words" });
        layer.on("mouseover", () => layer.setStyle({ stroke: true, color: "#4b5258", weight: 2 }));
        layer.on("mouseout", () => layer.setStyle({ stroke: false }));
      },
    }).addTo(map);
    document.body.append(legend(results.layers, (layer) => { shown = layer; zones.setStyle(style); }));
    map.invalidateSize();
  }

  function zoneWords(zone, results) {
    const [before, after] = [results.before[zone.ix], results.after[zone.ix]];
    const minutes = results.minutes_saved[zone.ix];
    const lines = [
      `${zone.residents.toLocaleString("en-US")} residents`,
      `Within 45 minutes: ${before.toLocaleString("en-US")} people before, ${after.toLocaleString("en-US")} after ` +
        `(${signed(after - before)})`,
      Math.abs(minutes) < 0.05
        ? "Travel time: no change on average"
        : `Travel time: ${Math.abs(minutes).toFixed(1)} min ${minutes > 0 ? "shorter" : "longer"} on average`,
    ];
    if (results.worse[zone.ix]) lines.push("Some trips from here get longer");
    for (const [shares, words] of [[results.more_rides, "one more change"], [results.fewer_rides, "one change fewer"]]) {
      if (shares && shares[zone.ix]) lines.push(`${shares[zone.ix]}% of the likely trips need ${words}`);
    }
    const box = element("div", "");
    box.append(element("strong", zone.name), ...lines.map((line) => element("div", line)));
    return box;
  }

  function signed(value) {
    return value === 0 ? "no change" : `${value > 0 ? "+" : "\u2212"}${Math.abs(value).toLocaleString("en-US")}`;
  }

  /** A strip below the map: what is shown, and what its colours mean. */
  function legend(layers, choose) {
    const box = element("div", "", "legend");
    const list = element("ul", "");
    const note = element("p", "");
    const show = (layer) => {
      note.textContent = layer.note;
      list.replaceChildren(...[...layer.steps].reverse().map((step) => {
        const row = element("li", "");
        const swatch = element("i", "");
        swatch.style.background = step.opacity ? step.color : "transparent";
        row.append(swatch, element("span", step.label));
        return row;
      }));
      choose(layer);
    };
    const choices = element("fieldset", "");
    choices.append(element("legend", "Show on the map", "for-readers"));
    layers.forEach((layer, ix) => {
      const label = element("label", "");
      const radio = element("input", "");
      Object.assign(radio, { type: "radio", name: "layer", value: layer.key, checked: ix === 0 });
      radio.addEventListener("change", () => show(layer));
      label.append(radio, document.createTextNode(layer.title));
      choices.append(label);
    });
    box.append(choices, note, list);
    show(layers[0]);
    return box;
  }

  function addRoutes(map, base, routes, color) {
    const renderer = L.svg({ pane: "routes" });
    for (const route of routes) {
      const line = route.line.map(([lon, lat]) => [lat, lon]);
      L.polyline(line, { renderer, pane: "routes", color: "#ffffff", weight: 9, interactive: false }).addTo(map);
      L.polyline(line, { renderer, pane: "routes", color, weight: 5, interactive: false }).addTo(map);
      route.stops.forEach(([lon, lat, name], ix) => {
        const isEnd = ix === 0 || ix === route.stops.length - 1;
        L.circleMarker([lat, lon], {
          renderer, pane: "routes", radius: isEnd ? 7 : 4, color, weight: isEnd ? 4 : 2, fillColor: "#ffffff", fillOpacity: 1,
        }).bindTooltip(() => element("span", name), { className: "zone-words" }).addTo(map);
      });
    }
    addNames(map, base.labels, routes);
  }

  /** Show a box of the city, with some room around it. */
  function show(map, bounds) {
    map.fitBounds(bounds, { padding: [36, 36], maxZoom: 15, animate: false });
  }

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  return { addGround, addResults, addRoutes, show };
})();
