// What a published map draws with Leaflet: the ground, the results by zone, the routes, a legend. Names are always set
// as text, never as markup. `workbench/publish/maps.py` calls these functions; nothing here asks any host for anything.
"use strict";

window.assemblyMap = (() => {
  const WATER = "#c9dbe6";

  /** Drawing order, from the ground up. Only results and routes take the pointer. */
  function addPanes(map) {
    ["ground", "results", "above", "names", "routes"].forEach((name, ix) => {
      const pane = map.createPane(name);
      pane.style.zIndex = String(300 + 20 * ix);
      if (!["results", "routes"].includes(name)) pane.style.pointerEvents = "none";
    });
    map.getContainer().style.background = WATER;
    map.attributionControl.setPrefix("Drawn with Leaflet");
  }

  function addGround(map, base) {
    addPanes(map);
    const ground = L.canvas({ pane: "ground", padding: 0.5 });
    const above = L.canvas({ pane: "above", padding: 0.5 });
    const plain = (renderer, style) => ({ renderer, pane: renderer.options.pane, interactive: false, style });
    L.geoJSON(base.land, plain(ground, { fillColor: "#f5f2ea", fillOpacity: 1, color: "#a9c0cd", weight: 1 })).addTo(map);
    // Parks lie above the results: nobody lives there.
    L.geoJSON(base.parks, plain(above, { fillColor: "#dbe6cc", fillOpacity: 1, stroke: false })).addTo(map);
    const streets = L.geoJSON(base.streets, plain(above, { color: "#ffffff", weight: 1.2, opacity: 0.85 })).addTo(map);
    L.geoJSON(base.subway, plain(above, (line) => ({
      color: line.properties.color || "#666666", weight: 1.6, opacity: 0.55,
    }))).addTo(map);
    const widen = () => streets.setStyle({ weight: map.getZoom() > 13 ? 3 : map.getZoom() > 11 ? 1.8 : 0.8 });
    map.on("zoomend", widen);
    widen();
  }

  /** Borough names from afar, others from close by; a name that would lie on another one or on a route is left out. */
  function addNames(map, labels, routes) {
    const markers = labels.map(([name, lon, lat, rank]) => {
      const icon = L.divIcon({ html: element("span", name), className: `map-label map-label-${rank > 1 ? 2 : 1}`, iconSize: [0, 0] });
      const marker = L.marker([lat, lon], { icon, pane: "names", interactive: false, keyboard: false });
      return { marker, rank, width: name.length * (rank === 1 ? 9.5 : 7.5) };
    });
    const choose = () => {
      const isFar = map.getZoom() < 12;
      const taken = routes.flatMap((route) => alongRoute(map, route));
      for (const { marker, rank, width } of markers) {
        const { x, y } = map.latLngToContainerPoint(marker.getLatLng());
        const spot = [x - width / 2, y - 10, x + width / 2, y + 10];
        const isFree = !taken.some((other) => spot[0] < other[2] && other[0] < spot[2] && spot[1] < other[3] && other[1] < spot[3]);
        const isShown = isFar === (rank === 1) && isFree;
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
