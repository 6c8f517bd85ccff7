"""The tables of an evidence card: groups of residents and areas, as text ready to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from workbench.publish.figures import MINUS, format_change, format_measure, format_people, format_share, format_usd

__all__ = [
    "AreaLine",
    "AreaTable",
    "Cell",
    "GroupLine",
    "GroupTable",
    "Plain",
    "area_tables",
    "group_table",
    "part_table",
    "reach_table",
    "ride_tables",
    "screening_table",
    "worst_pairs",
]

Plain = Mapping[str, object]
"""A scorecard or a part of it as plain JSON."""

N_AREAS_SHOWN = 12
"""Rows of an area table; the rest is counted below it."""
TOO_FEW = "too few to say"
GROUPS_NOTE = (
    "Everyone is counted where they live. For groups we only know the share in each neighborhood, from a survey: their numbers "
    "are estimates, and the survey's margin of error (90%) gives the range below each."
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table."""

    text: str
    range: str = ""
    """What the survey's margin of error allows: `3,800 to 4,400`; empty where the value is counted, not estimated."""
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of residents, ready to print."""

    label: str
    cells: tuple[Cell, ...]
    is_all: bool


@dataclass(frozen=True, slots=True)
class GroupTable:
    """All groups; a column in which nothing happens to anybody is left out."""

    note: str
    columns: tuple[str, ...]
    rows: tuple[GroupLine, ...]

    @property
    def lines(self) -> tuple[tuple[str, tuple[Cell, ...], bool], ...]:
        """Name, cells, whether it is everybody."""
        return tuple((row.label, row.cells, row.is_all) for row in self.rows)


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area, ready to print."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AreaTable:
    """The areas of one kind that change most."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[AreaLine, ...]
    n_more: int

    @property
    def lines(self) -> tuple[tuple[str, tuple[Cell, ...], bool], ...]:
        """Name, cells, whether it is everybody."""
        return tuple((row.name, row.cells, False) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Table:
    """Any other table, ready to print: name, cells, whether it is everybody."""

    title: str
    note: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...], bool], ...]


@dataclass(frozen=True, slots=True)
class WorstPair:
    """Where a loss is greatest, and the journeys behind it."""

    title: str
    when: str
    before: tuple[str, ...]
    after: tuple[str, ...]


SCREENING_NOTE = (
    "Screening only, in the manner of Title VI: does each population get its share of a benefit, and no more than its share of a loss? "
    "An agency's own analysis uses its own thresholds, data and riders' surveys. The thresholds stand under “What this takes for granted”."
)
PARTS_NOTE = (
    "What would be missing without each part: everything is scored again without it. Parts do not add up to the whole: "
    "two may need each other, or serve the same people."
)
_REACH_COLUMNS = {
    "access_45_before": "Today",
    "access_45_change_mean": "Change, everybody",
    "access_45_change_median": "Change, middle of those affected",
    "nearest_before_min": "Nearest, today",
    "nearest_after_min": "Nearest, after",
    "residents_nearer_2_min": "People 2 min nearer",
}
_SCREENING_COLUMNS = {"share_of_people": "Share of people", "share_of_effect": "Share of effect"}
_RIDE_COLUMNS = {"more": "One more change", "fewer": "One change fewer"}
_PART_COLUMNS = {
    "person_minutes_per_day": "Minutes a day",
    "residents_gaining_access": "People who gain access",
    "residents_near_route": "People near a stop",
    "cost_per_year": "Cost a year",
}
_GROUP_COLUMNS = {
    "near_route": "Near a stop",
    "gaining": "Gain access",
    "losing": "Lose access",
    "share_of_people": "Share of people",
    "share_of_gain": "Share of gain",
    "share_of_loss": "Share of loss",
}
_AREA_COLUMNS = {
    "gaining": "People who gain",
    "losing": "People who lose",
    "access_change": "Change per resident",
    "access_change_p10": "Lowest tenth",
    "access_change_median": "Middle",
}


def group_table(groups: Sequence[Plain]) -> GroupTable | None:
    """Return the table of groups; a saved card may lack columns that came later. None without groups."""
    if not groups:
        return None
    loses = any(_number(row.get("losing")) for row in groups)
    gains = any(_number(row.get("share_of_gain")) for row in groups)
    shown = {
        key: title
        for key, title in _GROUP_COLUMNS.items()
        if all(key in row for row in groups)
        and (loses or key not in ("losing", "share_of_loss"))
        and (gains or key != "share_of_gain")
    }
    rows = tuple(
        GroupLine(
            str(row["label"]), tuple(_cell(cast("Plain", row[key])) for key in shown), is_all=row["group_id"] == "all"
        )
        for row in groups
    )
    return GroupTable(GROUPS_NOTE, tuple(shown.values()), rows)


def area_tables(areas: Sequence[Plain]) -> tuple[AreaTable, ...]:
    """Return one table for each kind of area, in the order of the card, areas that change most first."""
    tables = []
    for kind in dict.fromkeys(str(row["kind"]) for row in areas):
        rows = [row for row in areas if row["kind"] == kind and _moves(row)]
        rows.sort(key=lambda row: (-abs(_number(row.get("access_change"))), str(row["name"])))
        if rows:
            shown = {key: title for key, title in _AREA_COLUMNS.items() if all(key in row for row in rows)}
            lines = tuple(_area_line(row, tuple(shown)) for row in rows[:N_AREAS_SHOWN])
            title = f"By {rows[0].get('kind_label') or kind.replace('_', ' ')}"
            tables.append(AreaTable(title, tuple(shown.values()), lines, len(rows) - len(lines)))
    return tuple(tables)


def reach_table(rows: Sequence[Plain]) -> Table | None:
    """Return access to jobs and places within 45 minutes, and the time to the nearest; None without any."""
    if not rows:
        return None
    lines = tuple(
        (
            str(row["label"]),
            tuple(_reach_cell(cast("Mapping[str, Plain]", row["measures"])[key], key) for key in _REACH_COLUMNS),
            False,
        )
        for row in rows
    )
    note = "What the average resident reaches within 45 minutes, and how long the nearest takes."
    return Table("Jobs and places", note, ("", *_REACH_COLUMNS.values()), lines)


def screening_table(rows: Sequence[Plain]) -> Table | None:
    """Return the screening table, labelled as what it is; effects nobody has are left out."""
    known = [row for row in rows if cast("Plain", row["ratio"]).get("value") is not None]
    if not known:
        return None
    lines = tuple(
        (
            f"{row['label']}: {row['effect_label']}",
            (*(_cell(cast("Plain", row[key])) for key in _SCREENING_COLUMNS), Cell(str(row["finding"]))),
            False,
        )
        for row in known
    )
    columns = ("", *_SCREENING_COLUMNS.values(), "Screening says")
    return Table("Title VI style screening", SCREENING_NOTE, columns, lines)


def part_table(parts: Sequence[Plain]) -> Table | None:
    """Return what each part is worth; None where nobody asked."""
    if not parts:
        return None
    lines = []
    for part in parts:
        measures = cast("Mapping[str, Plain]", part["measures"])
        if measures:
            cells = tuple(_cell(measures[key], _difference) for key in _PART_COLUMNS if key in measures)
            cells = (Cell(format_share(_number(part["share"]))), *cells)
        else:
            cells = (Cell(str(part["note"]), is_missing=True),)
        lines.append((str(part["name"]), cells, False))
    return Table(
        "What each part is worth", PARTS_NOTE, ("", "Of the time saved", *_PART_COLUMNS.values()), tuple(lines)
    )


def ride_tables(rows: Sequence[Plain]) -> tuple[Table, ...]:
    """Return who needs one more change and who one fewer: by group, then by each kind of area, most people first."""
    tables = []
    for kind in dict.fromkeys(str(row["kind"]) for row in rows):
        mine = [row for row in rows if row["kind"] == kind]
        title = f"By {mine[0]['kind_label']}"
        if kind != "group":
            mine.sort(key=lambda row: (-max(_number(row["more"]), _number(row["fewer"])), str(row["name"])))
        shown = mine if kind == "group" else mine[:N_AREAS_SHOWN]
        lines = tuple(
            (
                str(row["name"]),
                tuple(_cell(cast("Plain", row[key])) for key in _RIDE_COLUMNS),
                row["row_id"] == "all",
            )
            for row in shown
        )
        left = len(mine) - len(shown)
        tables.append(
            Table(title, f"{left} more with fewer people." if left else "", ("", *_RIDE_COLUMNS.values()), lines)
        )
    return tuple(tables)


def worst_pairs(pairs: Sequence[Plain]) -> tuple[WorstPair, ...]:
    """Return the pairs that lose most, with their journeys where somebody looked."""
    return tuple(
        WorstPair(
            f"{format_people(_number(pair['residents']))} people of {pair['from_name']} on the way to {pair['to_name']}: "
            f"{_minutes(pair['before_min'])} min today, {_minutes(pair['after_min'])} min after"
            + (f", with {_more_rides(pair)}" if _more_rides(pair) else ""),
            f"Leaving at {pair['depart']}" if pair.get("depart") else "",
            tuple(str(line) for line in cast("Sequence[object]", pair.get("before", ()))),
            tuple(str(line) for line in cast("Sequence[object]", pair.get("after", ()))),
        )
        for pair in pairs
    )


def _more_rides(pair: Plain) -> str:
    before, after = pair.get("rides_before"), pair.get("rides_after")
    if before is None or after is None or _number(after) <= _number(before):
        return ""
    more = round(_number(after) - _number(before))
    return "one more change" if more == 1 else f"{more} more changes"


def _minutes(value: object) -> str:
    return f"{_number(value):.0f}"


def _reach_cell(measure: Plain, key: str) -> Cell:
    """Return one figure of jobs or places: few places with a digit, many without."""
    if measure.get("value") is None:
        return Cell("not known" if "said of" not in str(measure.get("uncertainty")) else "not told", is_missing=True)
    value = _number(measure)
    if key.startswith("nearest"):
        return Cell(f"{value:.1f} min")
    if key.startswith("residents"):
        return Cell(format_people(value))
    if abs(value) >= 100 or value == 0:
        return Cell(format_change(value) if "change" in key else format_people(value))
    return Cell(f"{value:+.2f}".replace("-", MINUS) if "change" in key else f"{value:.1f}")


def _difference(measure: Plain) -> str:
    """Return what would be missing: people and minutes with a sign, dollars in words."""
    value = _number(measure)
    if measure.get("unit") == "USD per year":
        return f"{MINUS if value < 0 else ''}{format_usd(abs(value))}"
    return format_change(value)


def _area_line(row: Plain, keys: Sequence[str]) -> AreaLine:
    cells = (_cell(cast("Plain", row[key]), _signed if key.startswith("access") else None) for key in keys)
    return AreaLine(str(row["name"]), tuple(cells))


def _signed(measure: Plain) -> str:
    return format_change(_number(measure)) if measure.get("value") is not None else ""


def _cell(measure: Plain, write: Callable[[Plain], str] | None = None) -> Cell:
    """Return a value with its range, and "within noise" where it is; the spread of tables stays in the data files."""
    if measure.get("suppressed"):
        return Cell(TOO_FEW, is_missing=True)
    text = (write or format_measure)(measure)
    if not text:
        return Cell("not known", is_missing=True)
    if measure.get("within_noise"):
        text = f"{text} (within noise)"
    return Cell(text, _range(measure) if measure.get("margin") else "")


def _range(measure: Plain) -> str:
    """Return the range of an estimate in the words of its value."""
    low, high = _number(measure.get("low")), _number(measure.get("high"))
    writer = format_share if measure.get("unit") == "share" else format_people
    texts = dict.fromkeys((writer(low), writer(high)))
    return " to ".join(texts) if len(texts) > 1 else ""


def _number(measure: object) -> float:
    """Return the value of a measure, or a plain number; 0 where there is none."""
    value = cast("Plain", measure).get("value") if isinstance(measure, dict) else measure
    return float(cast("float", value)) if value is not None else 0.0


def _moves(row: Plain) -> bool:
    return any(_number(row.get(name)) != 0 for name in ("gaining", "losing", "access_change"))
