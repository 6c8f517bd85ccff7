"""From what a person typed and drew to a scenario, and from our errors to one sentence."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

from workbench.app.components.fragment import MAX_UPLOAD_BYTES, Upload
from workbench.app.state import DraftState
from workbench.city.city import City
from workbench.errors import InputError, Level, WorkbenchError
from workbench.publish.figures import format_number
from workbench.scenario import AddRoute, Scenario, apply_scenario
from workbench.scenario.edits import HEADWAY_LIMITS_S, clean_text
from workbench.scenario.format import is_our_json
from workbench.scenario.formats.lines import LINE_SUFFIXES

__all__ = [
    "DRAWN_ID",
    "build_scenario",
    "describe_headway",
    "file_name",
    "one_sentence",
    "open_upload",
    "read_headway_s",
    "read_upload",
    "read_upload_file",
    "same_line",
]

DRAWN_ID = "proposed"
"""Id of the route that is being drawn."""
MAX_SHOWN = 2
"""Problems named in one sentence; the rest is counted."""


def build_scenario(
    state: DraftState, suggested_title: str, *, points: tuple[tuple[float, float], ...] | None = None
) -> Scenario:
    """
    Return what was opened and drawn as a scenario; raises `InputError` if the headway is not a number.

    `points` stand in for the line that was drawn, the same line back and automatic stops.
    """
    is_drawn = points is None
    back = tuple(state.back) if is_drawn else ()
    stops, stops_back = (tuple(state.stops), tuple(state.stops_back) if back else ()) if is_drawn else ((), ())
    points = (tuple(state.line) or tuple(state.points)) if points is None else points
    title = clean_text(state.title) or suggested_title
    if state.opened and len(points) < 2:
        return Scenario(title, state.opened)
    edit = AddRoute(
        DRAWN_ID,
        title,
        points,
        headway_s=read_headway_s(state.headway_text),
        line_back_lonlat=back,
        stops=stops,
        stops_back=stops_back,
        **state.route_values,
    )
    return Scenario(title, (*state.opened, edit))


def read_headway_s(text: str) -> int:
    """Return minutes as typed in seconds; raises `InputError` if they are not a number."""
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        minutes = math.nan
    if not math.isfinite(minutes) or abs(minutes) > 1e6:
        raise InputError(f"time between buses is {text.strip()[:20]!r}, must be a number of minutes from 1 to 120")
    return round(60 * minutes)


def describe_headway(text: str) -> str:
    """Return what a headway as typed means, e.g. `6 buses an hour each way`; empty if it cannot be used."""
    try:
        headway_s = read_headway_s(text)
    except InputError:
        return ""
    low, high = HEADWAY_LIMITS_S
    if not low <= headway_s <= high:
        return ""
    number = format_number(3600 / headway_s)
    return f"{number} {'bus' if number == '1' else 'buses'} an hour each way"


def open_upload(upload: Upload, city: City) -> Scenario:
    """Return what a file holds, by the ending of its name: as `read_upload_file`, or as `read_upload`."""
    if upload.n_bytes > MAX_UPLOAD_BYTES:
        raise InputError(f"the file has {upload.n_bytes / 1e6:.1f} MB, at most {MAX_UPLOAD_BYTES / 1e6:g} MB are read")
    if Path(upload.name).suffix.lower() in LINE_SUFFIXES:
        return read_upload_file(upload.name, upload.data or upload.text.encode(), city)
    return read_upload(upload.text, city)


def read_upload(text: str, city: City) -> Scenario:
    """
    Return a drawn route from GeoJSON, or a scenario in our own JSON with at most one new route.

    Raises
    ------
    InputError, ScenarioError
        With what is wrong with the file, or with what does not fit the city.
    """
    scenario = Scenario.from_json(text) if is_our_json(text) else Scenario.from_geojson(text, city=city)
    n_routes = sum(isinstance(edit, AddRoute) for edit in scenario.edits)
    if n_routes > 1 or not scenario.edits:
        raise InputError(f"the file has {n_routes} routes, the drawing table takes one at a time")
    if scenario.changes_today:
        apply_scenario(scenario, city)
    return scenario


def read_upload_file(name: str, data: bytes, city: City) -> Scenario:
    """Return the same from KML, KMZ, a zipped shapefile or GeoPackage, told by the ending of the file's name."""
    with tempfile.TemporaryDirectory(prefix="workbench-upload-") as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()}"
        path.write_bytes(data)
        scenario = Scenario.from_file(path, city=city)
    if len(scenario.edits) != 1:
        raise InputError(f"the file has {len(scenario.edits)} routes, the drawing table takes one at a time")
    (edit,) = scenario.edits
    return Scenario(edit.name if isinstance(edit, AddRoute) else scenario.name, scenario.edits)


def one_sentence(error: WorkbenchError) -> str:
    """Return an error as one sentence for the page; the names of single routes are left out, there is only one."""
    messages = [problem.message for problem in error.problems if problem.level is Level.ERROR] or [str(error)]
    text = "; ".join(messages[:MAX_SHOWN])
    if len(messages) > MAX_SHOWN:
        text += f"; and {len(messages) - MAX_SHOWN} more"
    text = " ".join(text.split())
    return text[:1].upper() + text[1:].rstrip(".") + "."


def same_line(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    """Tell whether two lines are the same but for what a browser rounds off, about a decimetre."""
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=0.0, abs_tol=1e-6)
        for here, there in zip(one, other, strict=True)
        for a, b in zip(here, there, strict=True)
    )


def file_name(name: str) -> str:
    """Return a plain file name: letters, digits and hyphens."""
    kept = "".join(char if char.isalnum() else "-" for char in name.lower())
    return "-".join(filter(None, kept.split("-")))[:60] or "route"
