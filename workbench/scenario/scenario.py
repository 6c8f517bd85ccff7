"""A scenario: an ordered list of edits over a city that is never touched. It knows ids and places, never positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.city.city import City
from workbench.errors import NotFoundError
from workbench.scenario.edits import AddRoute
from workbench.scenario.format import Json, content_hash, edits_from_json, edits_to_json, is_our_json, read_text
from workbench.scenario.formats.geojson import edits_from_geojson, edits_to_geojson
from workbench.scenario.formats.lines import LINE_SUFFIXES, read_lines
from workbench.scenario.kinds import Edit

__all__ = ["Scenario"]


@dataclass(frozen=True)
class Scenario:
    """A name and edits, in the order in which they apply."""

    name: str
    edits: tuple[Edit, ...] = ()

    @property
    def scenario_id(self) -> str:
        """Content hash of the edits, 16 hexadecimal digits; the scenario's own name does not count."""
        return content_hash(self.edits)

    @property
    def changes_today(self) -> bool:
        """Whether some edit changes a route that runs today, so that travel times without it are needed."""
        return any(not isinstance(edit, AddRoute) for edit in self.edits)

    def with_edit(self, edit: Edit) -> Scenario:
        """Return a copy with one more edit at the end; a new route replaces the one with its `route_id` in its place."""
        if not isinstance(edit, AddRoute) or edit.route_id not in self._added_ids():
            return replace(self, edits=(*self.edits, edit))
        is_old = [isinstance(old, AddRoute) and old.route_id == edit.route_id for old in self.edits]
        return replace(self, edits=tuple(edit if this else old for old, this in zip(self.edits, is_old, strict=True)))

    def without_edit(self, route_id: str) -> Scenario:
        """Return a copy without a new route; raises `NotFoundError` if there is none of this id."""
        kept = tuple(edit for edit in self.edits if not (isinstance(edit, AddRoute) and edit.route_id == route_id))
        if len(kept) == len(self.edits):
            known = ", ".join(self._added_ids()) or "none"
            raise NotFoundError(f"route {route_id!r} is not in scenario {self.name!r}; it has {known}")
        return replace(self, edits=kept)

    def without_last_edit(self) -> Scenario:
        """Return a copy without the last edit: one undo; a scenario without edits stays as it is."""
        return replace(self, edits=self.edits[:-1])

    def _added_ids(self) -> list[str]:
        return [edit.route_id for edit in self.edits if isinstance(edit, AddRoute)]

    @classmethod
    def from_json(cls, data: str | bytes | Mapping[str, object]) -> Scenario:
        """Read our own JSON; raises `InputError` with every fault found."""
        name, edits = edits_from_json(data)
        return cls(name, edits)

    @classmethod
    def from_geojson(
        cls, data: str | bytes | Mapping[str, object], *, city: City | None = None, name: str = ""
    ) -> Scenario:
        """
        Read routes drawn as GeoJSON LineStrings.

        Parameters
        ----------
        data
            Text, or the parsed object: a geometry, a Feature or a FeatureCollection.
        city
            Where the routes must lie; without it, places are checked only when the scenario is applied.
        name
            Name of the scenario where the file gives none.

        Raises
        ------
        InputError
            With every fault of the file, not only the first.
        """
        found_name, edits = edits_from_geojson(data, city=city)
        return cls(found_name or name or _name_of(edits), edits)

    @classmethod
    def from_file(cls, path: Path | str, *, city: City | None = None) -> Scenario:
        """
        Read a file of ours or GeoJSON, told apart by its content; or lines as KML, KMZ, shapefile (`.shp` or `.zip`) or
        GeoPackage, told by the ending. Raises `InputError`.
        """
        path = Path(path)
        if path.suffix.lower() in LINE_SUFFIXES:
            name, edits = read_lines(path, city=city)
            return cls(name or path.stem, edits)
        text = read_text(path)
        if is_our_json(text):
            return cls.from_json(text)
        return cls.from_geojson(text, city=city, name=path.stem)

    def to_json(self) -> dict[str, Json]:
        """Return our JSON as plain dicts and lists; `from_json` gives the same scenario back."""
        return edits_to_json(self.name, self.edits)

    def to_geojson(self) -> dict[str, Json]:
        """Return a FeatureCollection of LineStrings; `from_geojson` gives the same scenario back."""
        return edits_to_geojson(self.name, self.edits)


def _name_of(edits: tuple[Edit, ...]) -> str:
    """Return the name of the only route, or a count."""
    names = [edit.name for edit in edits if isinstance(edit, AddRoute)]
    return names[0] if len(names) == 1 else f"{len(edits)} routes"
