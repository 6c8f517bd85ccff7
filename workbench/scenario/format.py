"""Our own JSON of a scenario, in and out, and the guard every text passes before it is parsed.

{"format": "assembly-lines-scenario", "format_version": 4, "name": ..., "edits": [{"kind": "add-route", ...}]}

Version 1 knew `add-route` only, version 2 neither `change-span`, `all-door-boarding`, the `measure` of a change of speed
nor the `line_back_lonlat` of a new route, version 3 not its `stops` placed by hand. Older versions are upgraded step by step.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.errors import InputError, Level, Problem, require_no_errors
from workbench.scenario.formats.fields import Fields, shown, stops_to_json
from workbench.scenario.kinds import KINDS, Edit, check_edit, kind_of

__all__ = [
    "FORMAT_VERSION",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_EDITS",
    "MAX_ROUTES",
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
FORMAT_VERSION = 4
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_EDITS = 200
"""Most edits in one scenario; thinning the stops of a long route is some fifty."""
MAX_ROUTES = 20
"""Most new routes among them."""
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
    plain = [_edit_to_json(edit) for edit in edits]
    for kind, name in _LATER_FIELDS:
        plain = [
            {key: value for key, value in edit.items() if (edit["kind"], key) != (kind, name) or value not in ("", [])}
            for edit in plain
        ]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
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
    parsed = _upgraded(parsed)
    top = Fields(parsed, "scenario")
    name = top.text("name", "")
    items = parsed.get("edits")
    if not isinstance(items, list):
        raise _refused("format-edits", "edits are missing or not a list", "scenario")
    if len(items) > MAX_EDITS:
        top.fault("edits-many", f"there are {len(items)} edits, at most {MAX_EDITS} are allowed")
        items = items[:MAX_EDITS]
    n_routes = sum(isinstance(item, dict) and item.get("kind") == "add-route" for item in items)
    if n_routes > MAX_ROUTES:
        top.fault("edits-many", f"there are {n_routes} new routes, at most {MAX_ROUTES} are allowed")
    problems = top.problems
    edits: list[Edit] = []
    for number, item in enumerate(items, 1):
        edit, found = _edit_from_json(item, f"edit {number}")
        problems += found
        edits += [edit] if edit is not None else []
    require_no_errors(problems, InputError)
    return name, tuple(edits)


def _upgraded(data: Mapping[str, object]) -> Mapping[str, object]:
    """Return the data in the newest format, upgraded step by step; raises `InputError` for versions we do not know."""
    version = data.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= FORMAT_VERSION:
        known = f"1 to {FORMAT_VERSION}"
        raise _refused("format-version", f"format_version is {shown(version)}, this program reads {known}")
    for step in range(version, FORMAT_VERSION):
        data = {**_STEPS[step](data), "format_version": step + 1}
    return data


def _from_1(data: Mapping[str, object]) -> Mapping[str, object]:
    """Version 1 knew one kind of edit, `add-route`, which is the same in version 2."""
    return _require_kinds(data, ("add-route",), 1)


def _from_2(data: Mapping[str, object]) -> Mapping[str, object]:
    """Version 2 knew no span and no all-door boarding; what it knew is the same in version 3."""
    return _require_kinds(data, tuple(kind for kind in KINDS if kind not in ("change-span", "all-door-boarding")), 2)


def _from_3(data: Mapping[str, object]) -> Mapping[str, object]:
    """Version 3 knew no stops placed by hand; what it knew is the same in version 4."""
    items = data.get("edits")
    for item in items if isinstance(items, list) else []:
        unknown = sorted(set(_STOPS) & set(item)) if isinstance(item, dict) else []
        if unknown:
            raise _refused("key-unknown", f"{unknown[0]!r} is not a field of add-route in format_version 3", "scenario")
    return data


def _require_kinds(data: Mapping[str, object], known: tuple[str, ...], version: int) -> Mapping[str, object]:
    """Refuse an edit that a version did not know: the file says something else than it means."""
    items = data.get("edits")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and item.get("kind") in KINDS and item["kind"] not in known:
            message = f"kind is {item['kind']!r}, in format_version {version} it must be one of {', '.join(known)}"
            raise _refused("edit-kind", message, "scenario")
    return data


_STEPS: Mapping[int, Callable[[Mapping[str, object]], Mapping[str, object]]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""What leads from a version to the next."""
_LATER_FIELDS = (
    ("change-speed", "measure"),
    ("add-route", "line_back_lonlat"),
    ("add-route", "stops"),
    ("add-route", "stops_back"),
)
"""Texts and lines that came later: where they say nothing, an edit keeps the id it had."""
_LINES = ("line_lonlat", "line_back_lonlat")
_STOPS = ("stops", "stops_back")


def _edit_to_json(edit: Edit) -> dict[str, Json]:
    """Return an edit with each number in the type of its field, so that 300 and 300.0 hash alike."""
    plain: dict[str, Json] = {"kind": kind_of(edit)}
    for field in dataclasses.fields(edit):
        value = getattr(edit, field.name)
        if field.type == "float":
            plain[field.name] = float(value)
        elif field.name in _LINES:
            plain[field.name] = [[float(lon), float(lat)] for lon, lat in value]
        elif field.name in _STOPS:
            plain[field.name] = [[*stop] for stop in stops_to_json(value)]
        elif field.name == "place_lonlat":
            plain[field.name] = [float(part) for part in value]
        else:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def _edit_from_json(item: object, where: str) -> tuple[Edit | None, list[Problem]]:
    if not isinstance(item, dict):
        return None, [Problem(Level.ERROR, "format-edits", "it is not an object", where)]
    fields = Fields(item, where)
    kind = fields.text("kind", "missing")
    if kind not in KINDS:
        fields.fault("edit-kind", f"kind is {kind!r}, must be one of {', '.join(KINDS)}")
        return None, fields.problems
    known = {field.name: field for field in dataclasses.fields(KINDS[kind])}
    for key in sorted(set(item) - set(known) - {"kind"})[:5]:
        fields.fault("key-unknown", f"{key[:40]!r} is not a field of {kind}")
    values = {name: _read_field(fields, field) for name, field in known.items()}
    edit = None if fields.problems else KINDS[kind](**values)  # type: ignore[arg-type]
    return edit, fields.problems if edit is None else check_edit(edit)


def _read_field(fields: Fields, field: dataclasses.Field[object]) -> object:
    """Return the value of one field by its type; a default only where the record has one."""
    name, kind = field.name, str(field.type)
    default = None if field.default is dataclasses.MISSING else field.default
    if default is None and kind in ("int", "float") and not fields.has(name):
        fields.fault("value-missing", f"{name} is missing")
        return 0
    if name in _LINES:
        return fields.line(name) if fields.has(name) or default is None else default
    if name in _STOPS:
        return fields.stops(name)
    if name == "place_lonlat":
        return fields.place(name)
    if kind == "str":
        return fields.text(name, default if isinstance(default, str) else "")
    if kind in ("int", "int | None"):
        return fields.whole(name, default if isinstance(default, int) else 0) if fields.has(name) else default
    if kind == "float":
        return fields.number(name, default if isinstance(default, float) else 0.0)
    if kind == "bool":
        return fields.flag(name, bool(default))
    assert kind == "tuple[str, ...]", kind
    return fields.texts(name, default if isinstance(default, tuple) else ())


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
