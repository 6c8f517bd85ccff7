"""An exact card on the map: its zones painted, or the people within a walk of its stops."""

from __future__ import annotations

from workbench.app.components import SketchMap
from workbench.app.results.painting import paint_zones
from workbench.app.results.walk_catchment import describe_walk, find_walk_catchment
from workbench.city import City
from workbench.scoring import Scorecard

__all__ = ["show_on_map"]


def show_on_map(sketch_map: SketchMap, city: City, card: Scorecard, metric: str, *, seq: int) -> None:
    """Show one of `METRICS` of a card; `seq` is the number of the drawing it belongs to."""
    near = card.zones.blocks_near
    if metric != "walk":
        sketch_map.paint(paint_zones(card.zones, metric), seq=seq, exact=True)
    elif near is not None:
        catchment = find_walk_catchment(city, near)
        words = describe_walk(catchment, float(card.parameters["near_walk_m"]))
        sketch_map.show_walk(catchment, words, seq=seq, exact=True)
