"""Pieces of a page that live in the browser and talk to Python in small messages."""

from workbench.app.components.fragment import Fragment
from workbench.app.components.sketch_map import SketchMap

__all__ = ["Fragment", "SketchMap"]
