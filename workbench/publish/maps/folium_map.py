"""A folium map of one alternative that asks no host for anything: our own ground, results by zone, the route, a legend.

On the published site several maps share their scripts and the ground; in a notebook everything is inside the map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from markupsafe import escape

from workbench.city.city import City
from workbench.publish.maps.basemap import Basemap, build_basemap, script_json
from workbench.publish.results import build_layers
from workbench.scoring.scorecard import Scorecard

__all__ = ["LINE_COLORS", "build_map", "map_assets", "render_map"]

LINE_COLORS = ("#c8005f", "#4a34c4", "#00697f", "#8a4a00", "#6d1f7d", "#2f6b1d", "#9b1c1c", "#3a4652")
"""Colours of alternatives A, B, C ...: the tokens `--line-a` to `--line-h` of `style.css` on a light ground."""

_HERE = Path(__file__).parents[1]
_FILES = {
    "leaflet.css": _HERE / "vendor/leaflet/leaflet.css",
    "leaflet.js": _HERE / "vendor/leaflet/leaflet.js",
    "leaflet-licence.txt": _HERE / "vendor/leaflet/LICENSE",
    "map.css": _HERE / "templates/map.css",
    "map.js": _HERE / "templates/map.js",
}
_SCRIPTS = ("leaflet.js", "map.js", "basemap.js")
_STYLES = ("leaflet.css", "map.css")
_MAP = "map_of_city"
POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src data:"
"""What the page of a map may load: its own files. A browser refuses everything else."""


class _Html(Element):
    """Finished HTML for the head of a map's page; never read as a template."""

    _template = Template("{{ this.html }}")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html


class _Call(MacroElement):
    """One call of `map.js` on the map it is added to."""

    _template = Template("{% macro script(this, kwargs) %}{{ this.text }}{% endmacro %}")

    def __init__(self, function: str, *arguments: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca has no hint there
        self._name, self._id = function, "call"  # folium's own ids are random: same input, same bytes
        self.text = f"assemblyMap.{function}({', '.join((_MAP, *arguments))});"


def map_assets(basemap: Basemap) -> Mapping[str, str]:
    """Return the files that published maps share: name -> content."""
    files = {name: path.read_text(encoding="utf-8") for name, path in _FILES.items()}
    return {**files, "basemap.js": f"window.assemblyBasemap = {basemap.to_json()};\n"}


def build_map(
    scorecard: Scorecard,
    city: City,
    *,
    color: str = LINE_COLORS[0],
    basemap: Basemap | None = None,
    height: str = "520px",
) -> folium.Map:
    """
    Return a folium map of one scenario, complete in itself: it shows in a notebook without the internet.

    Parameters
    ----------
    scorecard
        What to show: results by zone and the routes.
    city
        Where it is.
    color
        The route's colour in CSS.
    basemap
        The ground, if it has been built already.
    height
        Height in a notebook, in CSS.
    """
    ground = basemap or build_basemap(city)
    assets = map_assets(ground)
    header = [f"<style>{assets[name]}</style>" for name in _STYLES]
    header += [f"<script>{assets[name]}</script>" for name in _SCRIPTS]
    page = _map(scorecard, ground, city, color, header)
    _figure(page).height = height
    return page


def render_map(scorecard: Scorecard, city: City, *, basemap: Basemap, color: str, assets: str, title: str) -> str:
    """
    Return a map as a page of the published site.

    Parameters
    ----------
    scorecard, city, basemap, color
        As for `build_map`.
    assets
        Where the shared files are, as seen from the page, e.g. `../assets`.
    title
        Title of the page.
    """
    header = [f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">']
    header += [f'<link rel="stylesheet" href="{assets}/{name}">' for name in _STYLES]
    header += [f'<script src="{assets}/{name}"></script>' for name in _SCRIPTS]
    root = _figure(_map(scorecard, basemap, city, color, header))
    root.title = escape(title)
    html: str = root.render()
    return html.replace("<html>", '<html lang="en">', 1)


def _map(scorecard: Scorecard, basemap: Basemap, city: City, color: str, header: Sequence[str]) -> folium.Map:
    """Return a folium map without tiles and without any of folium's links to other hosts."""
    west, south, east, north = _bounds(scorecard, city)
    page = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        tiles=None,
        zoom_start=12,
        min_zoom=9,
        max_zoom=17,
        zoom_snap=0.25,
        prefer_canvas=True,
        control_scale=True,
    )
    page._id = _MAP.removeprefix("map_")
    page.default_js = page.default_css = []
    for number, html in enumerate(header):
        _figure(page).header.add_child(_Html(html), name=f"asset_{number}")
    page.add_child(_Call("addGround", "assemblyBasemap"))
    page.add_child(_Call("addResults", "assemblyBasemap", script_json(_results(scorecard, basemap))))
    page.add_child(_Call("addRoutes", "assemblyBasemap", script_json(_routes(scorecard)), script_json(color)))
    page.add_child(_Call("show", script_json([[south, west], [north, east]])))
    return page


def _figure(page: folium.Map) -> Figure:
    """Return the page that folium puts a map on."""
    root = page.get_root()
    assert isinstance(root, Figure)
    return root


def _bounds(scorecard: Scorecard, city: City) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the routes; of the city if there are none."""
    points = [point for route in scorecard.shapes for point in route.line]
    if not points:
        return city.bounds_lonlat
    lon, lat = zip(*points, strict=True)
    return min(lon), min(lat), max(lon), max(lat)


def _results(scorecard: Scorecard, basemap: Basemap) -> dict[str, object]:
    """Return what `addResults` reads: the layers with their classes, and the values behind them."""
    zones = scorecard.zones
    layers = [
        {
            "key": layer.key,
            "title": layer.title,
            "note": layer.note,
            "steps": [{"label": step.label, "color": step.color, "opacity": step.opacity} for step in layer.steps],
            "step_ix": [int(ix) for ix in step_ix],
        }
        for layer, step_ix in build_layers(scorecard, basemap)
    ]
    return {
        "layers": layers,
        "before": [round(value) for value in zones.access_before.tolist()],
        "after": [round(value) for value in zones.access_after.tolist()],
        "minutes_saved": [round(value, 2) for value in zones.minutes_saved.tolist()],
        "worse": [int(value) for value in zones.worse],
        **{
            key: [round(100 * value, 1) for value in share.tolist()]
            for key, share in (("more_rides", zones.more_rides), ("fewer_rides", zones.fewer_rides))
            if share is not None
        },
    }


def _routes(scorecard: Scorecard) -> list[dict[str, object]]:
    return [
        {
            "line": [[round(lon, 5), round(lat, 5)] for lon, lat in route.line],
            "stops": [[round(lon, 5), round(lat, 5), name] for lon, lat, name in route.stops],
        }
        for route in scorecard.shapes
    ]
