"""The folium maps: no other host, names as text, the same bytes every time."""

import re
from dataclasses import replace

from tests.publish.cards import NASTY, card, city
from workbench.city.city import Source
from workbench.publish import STYLE_PATH, build_map
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.maps.folium_map import LINE_COLORS, map_assets, render_map

LOADS = re.compile(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')\s]+)|@import\s+["']([^"']+)""")


def page(a_city, **changes):
    options = {"color": "#c8005f", "assets": "../assets", "title": "Map", "basemap": build_basemap(a_city)}
    return render_map(card(a_city), a_city, **{**options, **changes})


def test_a_page_loads_only_our_own_files():
    loaded = [next(filter(None, found)) for found in LOADS.findall(page(city()))]
    assert loaded == [f"../assets/{name}" for name in ("leaflet.css", "map.css", "leaflet.js", "map.js", "basemap.js")]
    assert "://" not in page(city())


def test_the_files_it_loads_are_there_and_name_no_host_to_load_from():
    files = map_assets(build_basemap(city()))
    assert {"leaflet.css", "map.css", "leaflet.js", "map.js", "basemap.js", "leaflet-licence.txt"} == set(files)
    assert "Redistribution and use" in files["leaflet-licence.txt"]
    for name in ("map.css", "map.js", "basemap.js"):
        assert "://" not in files[name]
    loaded = [next(filter(None, found)) for found in LOADS.findall(files["leaflet.css"])]
    assert loaded  # its icons, which no map of ours shows
    assert not [target for target in loaded if not target.startswith(("images/", "#"))]


def test_the_same_input_gives_the_same_bytes():
    assert page(city()) == page(city())


def test_names_are_text():
    a_city = city()
    one = card(a_city, NASTY, stop_names=(NASTY, NASTY))
    html = render_map(one, a_city, basemap=build_basemap(a_city), color="red", assets="x", title=NASTY)
    assert NASTY not in html
    assert html.count("</script>") == page(a_city).count("</script>")
    assert "<title>&lt;script&gt;" in html


def test_in_a_notebook_everything_is_inside():
    html = build_map(card(city()), city()).get_root().render()
    assert "assemblyBasemap = {" in html
    assert "!function(t,e)" in html  # Leaflet itself
    assert not list(re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", html))
    assert "srcdoc" in build_map(card(city()), city())._repr_html_()


def test_a_map_without_routes_shows_the_whole_city():
    a_city = city()
    west, south, east, north = a_city.bounds_lonlat
    one = replace(card(a_city), routes=())
    html = render_map(one, a_city, basemap=build_basemap(a_city), color="red", assets="x", title="Map")
    assert f"assemblyMap.show(map_of_city, [[{south},{west}],[{north},{east}]]);" in html


def test_the_colours_of_lines_are_those_of_the_pages():
    style = STYLE_PATH.read_text()
    light = re.search(r":root \{(.*?)\n\}", style, re.DOTALL).group(1)
    assert tuple(re.findall(r"--line-[a-h]: (#[0-9a-f]{6})", light)) == LINE_COLORS


def test_who_made_the_data_is_on_the_map():
    sources = (Source("timetable", "Paper <Transit>: three feeds", "2026", "free"),)
    script = map_assets(build_basemap(replace(city(), sources=sources)))["basemap.js"]
    assert '"credit":"Data: Paper \\u003cTransit\\u003e"' in script
