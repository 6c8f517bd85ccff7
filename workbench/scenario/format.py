"""Our own JSON of a scenario, in and out, and the guard every text passes before it is parsed.

{"format": "assembly-lines-scenario", "format_version": 1, "name": ..., "edits": [{"kind": "add-route", ...}]}
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from workbench.errors import InputError, Level, Problem, require_no_errors
from workbench.scenario.edits import AddRoute, Edit, check_edit
from workbench.scenario.fields import Fields, shown

__all__ = [
    "FORMAT_VERSION",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_EDITS",
    "Json",
    "content_hash",
    "edits_from_json",
    "edits_to_json",
    "is_our_json",
    "parse_json",
    "read_text",
]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

FORMAT = "assembly-lines-scenario"
FORMAT_VERSION = 1
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_EDITS = 20
"""Most edits in one scenario."""
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def read_text(path: Path) -> str:
    """Return the text of a file of at most 1 MB; raises `InputError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused("file-unreadable", f"cannot be read: {error.strerror}", str(path)) from error
    return _decoded(data, str(path))


def parse_json(data: str | bytes | Mapping[str, object]) -> object:
    """
    Return what JSON says, after checking size and depth; an object already parsed passes the same checks.

    Raises
    ------
    InputError
        If it is larger than 1 MB, nested deeper than 20, not UTF-8 or not JSON.
    """
    if isinstance(data, Mapping):
        data = _as_text(data)
    text = _decoded(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data, "")
    depth = _depth(text)
    if depth > MAX_DEPTH:
        raise _refused("json-depth", f"the data are nested {depth:,} deep, at most {MAX_DEPTH} is allowed")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused("json-invalid", f"this is not valid JSON: {error.msg}", place) from error
    except ValueError as error:  # a number of thousands of digits
        raise _refused("json-invalid", "this is not valid JSON: a number is too long") from error


def is_our_json(text: str) -> bool:
    """Tell whether a text is a scenario in our own format."""
    data = parse_json(text)
    return isinstance(data, dict) and data.get("format") == FORMAT


def content_hash(edits: tuple[Edit, ...]) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of the edits."""
    text = json.dumps([_edit_to_json(edit) for edit in edits], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def edits_to_json(name: str, edits: tuple[Edit, ...]) -> dict[str, Json]:
    """Return plain dicts and lists."""
    listed: list[Json] = [_edit_to_json(edit) for edit in edits]
    return {"format": FORMAT, "format_version": FORMAT_VERSION, "name": name, "edits": listed}


def edits_from_json(data: str | bytes | Mapping[str, object]) -> tuple[str, tuple[Edit, ...]]:
    """Return the name and edits of our JSON; raises `InputError` with every fault."""
    parsed = parse_json(data)
    if not isinstance(parsed, dict) or parsed.get("format") != FORMAT:
        raise _refused("format-unknown", f"this is not a scenario: its format must be {FORMAT!r}")
    version = parsed.get("format_version")
    if version != FORMAT_VERSION:
        raise _refused("format-version", f"format_version is {shown(version)}, this program reads {FORMAT_VERSION}")
    top = Fields(parsed, "scenario")
    name = top.text("name", "")
    items = parsed.get("edits")
    if not isinstance(items, list):
        raise _refused("format-edits", "edits are missing or not a list", "scenario")
    if len(items) > MAX_EDITS:
        top.fault("edits-many", f"there are {len(items)} edits, at most {MAX_EDITS} are allowed")
        items = items[:MAX_EDITS]
    problems = top.problems
    edits: list[Edit] = []
    for number, item in enumerate(items, 1):
        edit, found = _edit_from_json(item, f"edit {number}")
        problems += found
        edits += [edit] if edit is not None else []
    require_no_errors(problems, InputError)
    return name, tuple(edits)


def _edit_to_json(edit: Edit) -> dict[str, Json]:
    """Return an edit with each number in the type of its field, so that 300 and 300.0 hash alike."""
    as_float = [field.name for field in dataclasses.fields(edit) if field.type == "float"]
    plain = dataclasses.asdict(edit) | {name: float(getattr(edit, name)) for name in as_float}
    line = [[float(lon), float(lat)] for lon, lat in edit.line_lonlat]
    return {"kind": "add-route"} | plain | {"line_lonlat": line, "days": list(edit.days)}


def _edit_from_json(item: object, where: str) -> tuple[Edit | None, list[Problem]]:
    if not isinstance(item, dict):
        return None, [Problem(Level.ERROR, "format-edits", "it is not an object", where)]
    fields = Fields(item, where)
    kind = fields.text("kind", "missing")
    if kind != "add-route":
        fields.fault("edit-kind", f"kind is {kind!r}, must be 'add-route'")
        return None, fields.problems
    known = {field.name for field in dataclasses.fields(AddRoute)} | {"kind"}
    for key in sorted(set(item) - known)[:5]:
        fields.fault("key-unknown", f"{key[:40]!r} is not a field of add-route")
    edit = AddRoute(
        route_id=fields.text("route_id", ""),
        name=fields.text("name", ""),
        line_lonlat=fields.line("line_lonlat"),
        headway_s=fields.whole("headway_s", AddRoute.headway_s),
        span_start_s=fields.whole("span_start_s", AddRoute.span_start_s),
        span_end_s=fields.whole("span_end_s", AddRoute.span_end_s),
        days=fields.texts("days", AddRoute.days),
        both_directions=fields.flag("both_directions", AddRoute.both_directions),
        spacing_m=fields.number("spacing_m", AddRoute.spacing_m),
        snap_m=fields.number("snap_m", AddRoute.snap_m),
        speed_factor=fields.number("speed_factor", AddRoute.speed_factor),
        seed=fields.whole("seed", AddRoute.seed),
    )
    return (None, fields.problems) if fields.problems else (edit, check_edit(edit))


def _as_text(data: Mapping[str, object]) -> str:
    try:
        return json.dumps(data)
    except RecursionError as error:
        raise _refused("json-depth", f"the data are nested too deep, at most {MAX_DEPTH} is allowed") from error
    except (TypeError, ValueError) as error:
        raise _refused("json-invalid", "these data have no JSON form") from error


def _decoded(data: bytes, where: str) -> str:
    if len(data) > MAX_BYTES:
        size = f"{len(data):,} bytes" if not where else f"more than {MAX_BYTES:,} bytes"
        raise _refused("text-size", f"the data are {size}, at most {MAX_BYTES:,} are allowed (1 MB)", where)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("text-encoding", f"this is not UTF-8 text: byte {error.start + 1} is wrong", where) from error


def _depth(text: str) -> int:
    """Return how deep brackets nest outside of strings, without parsing."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = match.group()[0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in "]}":
            depth -= 1
    return deepest


def _refused(code: str, message: str, where: str = "") -> InputError:
    problem = Problem(Level.ERROR, code, message, where)
    return InputError(str(problem), problems=(problem,))
