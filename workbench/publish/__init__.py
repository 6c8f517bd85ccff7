"""Gives the results away: evidence cards, maps that work offline, and the published site as plain files."""

from workbench.publish.card import STYLE_PATH, render_card
from workbench.publish.maps.folium_map import build_map
from workbench.publish.site import (
    PublishedAlternative,
    PublishedStudy,
    PublishReport,
    build_alternative_id,
    publish_site,
)

__all__ = [
    "STYLE_PATH",
    "PublishReport",
    "PublishedAlternative",
    "PublishedStudy",
    "build_alternative_id",
    "build_map",
    "publish_site",
    "render_card",
]
