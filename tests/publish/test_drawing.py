"""The still map."""

import xml.etree.ElementTree as ET
from dataclasses import replace

from tests.publish.cards import NASTY, card, city
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.maps.drawing import HEIGHT, WIDTH, render_drawing
from workbench.publish.results import ACCESS


def draw(a_city, one=None, label="Map"):
    basemap = build_basemap(a_city)
    return ET.fromstring(render_drawing(one or card(a_city), basemap, color="var(--line-a)", label=label))


def test_the_route_its_stops_and_the_painted_areas_are_there():
    svg = draw(city())
    assert svg.attrib["aria-label"] == "Map"
    stops = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in svg.iter("circle")]
    assert len(stops) == 2
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in stops)
    assert stops[0][0] < stops[1][0]  # it runs to the east
    painted = [path.attrib["fill"] for path in svg.iter("path") if "fill" in path.attrib]
    assert painted == [ACCESS.steps[1].color, ACCESS.steps[-1].color]  # `shop` loses, `home` and `school` gain


def test_names_are_text():
    a_city = city()
    one = card(a_city, NASTY, stop_names=(NASTY, NASTY))
    svg = draw(a_city, one, label=NASTY)
    assert svg.attrib["aria-label"] == NASTY
    assert not list(svg.iter("script"))
    assert not list(svg.iter("img"))


def test_a_scenario_without_routes_is_drawn_too():
    a_city = city()
    svg = draw(a_city, replace(card(a_city), routes=()))
    assert not list(svg.iter("circle"))
