"""Reads the values of one JSON object, noting every value that is not what it should be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from workbench.errors import Level, Problem
from workbench.scenario.edits import MAX_STOPS, MAX_VERTICES, HandStop, clean_text

__all__ = ["Fields", "clock_text", "read_line", "shown", "stops_to_json"]

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")

Line = tuple[tuple[float, float], ...]


class Fields:
    """One JSON object being read; `problems` grows with each value that cannot be used."""

    def __init__(self, data: Mapping[str, object], where: str) -> None:
        self._data = data
        self._where = where
        self.problems: list[Problem] = []

    def fault(self, code: str, message: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(Level.ERROR, code, message, self._where))

    def has(self, key: str) -> bool:
        """Tell whether the object gives a value; null counts as none."""
        return self._data.get(key) is not None

    def text(self, key: str, default: str) -> str:
        """Return a text, cleaned of characters that are not writing."""
        value = self._data.get(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
            return str(value)  # many programs write ids as numbers
        if not isinstance(value, str):
            self.fault("value-type", f"{key} is {shown(value)}, must be text")
            return default
        return clean_text(value)

    def number(self, key: str, default: float) -> float:
        """Return a finite number."""
        value = self._data.get(key)
        if value is None:
            return default
        number = _as_float(value)
        if number is None:
            self.fault("value-type", f"{key} is {shown(value)}, must be a number")
            return default
        return number

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        number = self.number(key, default)
        if number != int(number):
            self.fault("value-type", f"{key} is {number:g}, must be a whole number")
            return default
        return int(number)

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault("value-type", f"{key} is {shown(value)}, must be true or false")
            return default
        return value

    def clock(self, key: str, default: int) -> int:
        """Return a time of the service day such as `06:00` or `25:30`, in seconds."""
        value = self._data.get(key)
        if value is None:
            return default
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.fault("value-type", f"{key} is {shown(value)}, must be a time such as 06:00 or 25:30")
            return default
        hours, minutes, seconds = match.groups(default="0")
        return 3600 * int(hours) + 60 * int(minutes) + int(seconds)

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._data.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault("value-type", f"{key} is {shown(value)}, must be a list of words")
            return default
        return tuple(clean_text(item) for item in value)

    def place(self, key: str) -> tuple[float, ...]:
        """Return (lon, lat), or nothing where there is none or it cannot be used."""
        if not self.has(key) or self._data[key] == []:
            return ()
        line, problems = read_line([self._data[key]], self._where)
        self.problems += problems
        return line[0] if line else ()

    def line(self, key: str) -> Line:
        """Return a list of (lon, lat), empty where it cannot be used."""
        line, problems = read_line(self._data.get(key), self._where)
        self.problems += problems
        return line

    def stops(self, key: str) -> tuple[HandStop, ...]:
        """Return stops placed by hand, each [lon, lat] or [lon, lat, "stop_id"]; none where there is none or they cannot be used."""
        value = self._data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > MAX_STOPS or not all(isinstance(one, list) for one in value):
            self.fault("value-type", f"{key} is {shown(value)}, must be a list of at most {MAX_STOPS} stops [lon, lat]")
            return ()
        ids = [one[2] if len(one) == 3 and isinstance(one[2], str) else "" for one in value]
        places, problems = read_line(
            [one[:2] if stop_id else one for one, stop_id in zip(value, ids, strict=True)], self._where
        )
        self.problems += problems
        if len(places) != len(ids):
            return ()
        return tuple(HandStop(lon, lat, clean_text(one)) for (lon, lat), one in zip(places, ids, strict=True))


def stops_to_json(stops: tuple[HandStop, ...]) -> list[list[float | str]]:
    """Return stops placed by hand as lists; the inverse of `Fields.stops`."""
    return [[float(stop.lon), float(stop.lat), *([stop.stop_id] if stop.stop_id else [])] for stop in stops]


def clock_text(second: int) -> str:
    """Return seconds of the service day as `06:00` or `25:30:15`; the inverse of `Fields.clock`."""
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def read_line(value: object, where: str) -> tuple[Line, list[Problem]]:
    """Return the points of a JSON array of positions and what is wrong with them; a third number is height, dropped."""
    if not isinstance(value, list):
        return (), [_error("coordinates-shape", f"its coordinates are {shown(value)}, must be a list of points", where)]
    if len(value) > MAX_VERTICES:
        message = f"the line has {len(value):,} points, at most {MAX_VERTICES:,} are allowed"
        return (), [_error("line-points", message, where)]
    points: list[tuple[float, float]] = []
    for number, item in enumerate(value, 1):
        if not isinstance(item, list) or not 2 <= len(item) <= 4:
            message = f"point {number} is {shown(item)}, must be [longitude, latitude]"
            return (), [_error("coordinates-shape", message, where)]
        lon, lat = _as_float(item[0]), _as_float(item[1])
        if lon is None or lat is None:
            message = f"point {number} is {shown(item)}, its coordinates must be ordinary finite numbers"
            return (), [_error("coordinate-not-finite", message, where)]
        points.append((lon, lat))
    return tuple(points), []


def _as_float(value: object) -> float | None:
    """Return a JSON number as a finite float, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def shown(value: object) -> str:
    """Return a short picture of a value for a message."""
    if value is None:
        return "missing"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return "a number too large"
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _error(code: str, message: str, where: str) -> Problem:
    return Problem(Level.ERROR, code, message, where)
