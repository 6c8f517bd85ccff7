"""A scenario: an ordered list of edits over a city that is never touched. It knows ids and places, never positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.city.city import City
from workbench.errors import NotFoundError
from workbench.scenario.edits import Edit
from workbench.scenario.format import Json, content_hash, edits_from_json, edits_to_json, is_our_json, read_text
from workbench.scenario.geojson import edits_from_geojson, edits_to_geojson

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

    def with_edit(self, edit: Edit) -> Scenario:
        """Return a copy with one more edit; one with the same `route_id` is replaced in its place."""
        if all(old.route_id != edit.route_id for old in self.edits):
            return replace(self, edits=(*self.edits, edit))
        return replace(self, edits=tuple(edit if old.route_id == edit.route_id else old for old in self.edits))

    def without_edit(self, route_id: str) -> Scenario:
        """Return a copy without the edit of a route; raises `NotFoundError` if there is none."""
        kept = tuple(edit for edit in self.edits if edit.route_id != route_id)
        if len(kept) == len(self.edits):
            known = ", ".join(edit.route_id for edit in self.edits) or "none"
            raise NotFoundError(f"route {route_id!r} is not in scenario {self.name!r}; it has {known}")
        return replace(self, edits=kept)

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
        """Read a file of ours or GeoJSON, told apart by its content; raises `InputError`."""
        path = Path(path)
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
    return edits[0].name if len(edits) == 1 else f"{len(edits)} routes"
