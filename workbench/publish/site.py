"""The published site: alternatives with their scorecards and the outcome of the vote in, a folder of plain files out.

It opens from a USB stick: no script is needed to read it, nothing is loaded from another host, and the same input
gives the same bytes. No clock is read: the date on the page is an argument.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from itertools import combinations
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from workbench.assembly.outcome import Outcome
from workbench.city.city import City
from workbench.errors import InputError
from workbench.network.params import get_window
from workbench.publish.card import STYLE_PATH, TEMPLATES, render_card
from workbench.publish.files import render_json, write_site
from workbench.publish.maps.basemap import Basemap, build_basemap
from workbench.publish.maps.drawing import render_drawing
from workbench.publish.maps.folium_map import LINE_COLORS, map_assets, render_map
from workbench.publish.markup import render_template
from workbench.publish.records import (
    render_areas,
    render_comparison,
    render_differences,
    render_groups,
    render_pairs,
    render_rides,
    render_scores,
    render_vote,
)
from workbench.publish.results import ACCESS, FEWEST_RESIDENTS
from workbench.publish.sheet import SHEET_STYLE_PATH, render_sheet, require_address
from workbench.publish.side_by_side import MOST_COMPARED, Side, fit_sides, render_difference, render_small_maps
from workbench.publish.verdicts import judge_sides
from workbench.scoring.compare import find_differences
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.noise import Standing
from workbench.scoring.scorecard import Scorecard

__all__ = ["PublishReport", "PublishedAlternative", "PublishedStudy", "build_alternative_id", "publish_site"]

FORMAT_VERSION = 1
"""Of `manifest.json`."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_ALTERNATIVES = len(_LETTERS)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, eq=False)
class PublishedAlternative:
    """One alternative as it is published."""

    alternative_id: str
    """1 to 40 small letters, digits and hyphens: names its files, and the proposal in the outcome."""
    name: str
    scorecard: Scorecard
    scenario_json: str = ""
    """The scenario as people can load it again; empty if it is not published."""


@dataclass(frozen=True, slots=True)
class PublishedStudy:
    """Which assumption would change the verdict."""

    verdict: tuple[str, ...]
    """What the cards say, in sentences."""
    sentences: tuple[str, ...]
    """What would change that."""
    content: Mapping[str, object]
    """Everything that was tried, as plain JSON."""


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was written."""

    index: Path
    """The page to open first."""
    n_files: int
    n_bytes: int


@dataclass(frozen=True, eq=False)
class _Entry:
    """An alternative with its letter, colour and finished pieces."""

    alternative_id: str
    name: str
    letter: str
    color: str
    """For the pages, whose colours have names."""
    map_color: str
    """For the map, which knows no names."""
    card: Scorecard
    drawing: Markup
    scenario_json: str

    def render_card(self, level: Literal["full", "summary"]) -> Markup:
        """Return the evidence card; `render_card` has escaped it."""
        html = render_card(self.card, level=level, letter=self.letter, color=self.color)
        return Markup(html)  # noqa: S704

    @property
    def stops(self) -> tuple[str, ...]:
        """Names of all stops, for readers who cannot see the map."""
        return tuple(name for route in self.card.shapes for _, _, name in route.stops)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of the list; several entries on it are tied."""

    number: int | None
    """None where nobody has voted."""
    entries: tuple[_Entry, ...]


def publish_site(
    out_dir: Path,
    alternatives: Sequence[PublishedAlternative],
    outcome: Outcome | None,
    *,
    city: City,
    asked_on: dt.date,
    title: str = "The bus routes we ask for",
    address: str = "",
    version: str | None = None,
    study: PublishedStudy | None = None,
) -> PublishReport:
    """
    Write the published site and return what was written.

    Parameters
    ----------
    out_dir
        Made if it is missing. One that holds an older site is replaced; one with other files is refused.
    alternatives
        1 to 26, in the order of their letters. The order on the page is the outcome's alone.
    outcome
        The counted vote on exactly these alternatives; None if nobody has voted yet.
    city
        Where they are: the city they were scored on.
    asked_on
        The day the list went to the city; the pages say since when an answer is missing.
    title
        Heading of the list; text, never markup.
    address
        Web address at which the folder will be found; printed sheets then carry the link and QR code of their page.
    version
        Version of the workbench; the installed one by default.
    study
        Which assumption would change the verdict, if somebody asked: on the page that sets routes side by side, or on that
        of the only route.

    Raises
    ------
    InputError
        If alternatives, outcome and city do not belong together, or `out_dir` holds other files.
    StorageError
        If the disk refuses.
    """
    _require_fit(alternatives, outcome, city)
    if address:
        require_address(address)
    basemap = build_basemap(city)
    entries = [_entry(ix, alternative, basemap) for ix, alternative in enumerate(alternatives)]
    about = {
        "made_by": f"Assembly Lines workbench {version or installed_version('assembly-lines-workbench')}",
        "format_version": FORMAT_VERSION,
        "title": title,
        "asked_on": asked_on.isoformat(),
        "city": {"city_id": city.city_id, "name": city.name, "version": city.data_version},
        "window": entries[0].card.window_id,
        "parameters": dict(entries[0].card.parameters),
        "n_timetables": entries[0].card.n_phases,
        "sources": [dataclasses.asdict(source) for source in city.sources],
    }
    files = _shared_files(basemap) | _map_files(entries, city, basemap) | _data_files(entries, outcome)
    files |= _sheets(entries, address)
    if study is not None:
        files["data/sensitivity.json"] = render_json(study.content)
    asked, label = _day(asked_on), get_window(entries[0].card.window_id).label
    files |= _pages(entries, outcome, about=about, asked=asked, window=label, study=study)
    if len(entries) > 1:
        facts = {"about": about, "asked": asked, "window": label, "study": study}
        files["compare.html"] = _compare_page(entries, city, basemap, facts)
    n_bytes = write_site(out_dir, files, about=about)
    return PublishReport(out_dir / "index.html", len(files) + 1, n_bytes)


def build_alternative_id(name: str) -> str:
    """Return an id made from a name: `Fordham Road / Bx12` becomes `fordham-road-bx12`."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "alternative"


def _require_fit(alternatives: Sequence[PublishedAlternative], outcome: Outcome | None, city: City) -> None:
    """Raise `InputError` unless alternatives, outcome and city belong together."""
    ids = [alternative.alternative_id for alternative in alternatives]
    if not 1 <= len(ids) <= MAX_ALTERNATIVES:
        raise InputError(f"there are {len(ids)} alternatives to publish, must be 1 to {MAX_ALTERNATIVES}")
    for alternative_id in ids:
        if not _ID.fullmatch(alternative_id):
            raise InputError(f"alternative id {alternative_id!r} must be 1 to 40 of a to z, 0 to 9 and hyphens")
        if ids.count(alternative_id) > 1:
            raise InputError(
                f"alternative id {alternative_id!r} is there {ids.count(alternative_id)} times, must be once"
            )
    if outcome is not None and sorted(outcome.proposal_ids) != sorted(ids):
        voted = ", ".join(sorted(outcome.proposal_ids))
        raise InputError(
            f"the vote was on {voted}; the alternatives are {', '.join(sorted(ids))}; they must be the same"
        )
    for alternative in alternatives:
        card = alternative.scorecard
        if (card.city_id, card.city_version) != (city.city_id, city.data_version):
            raise InputError(f"{alternative.name!r} was scored on other data than {city.name} {city.version[:12]}")
        if (
            card.window_id != alternatives[0].scorecard.window_id
            or card.parameters != alternatives[0].scorecard.parameters
        ):
            raise InputError(f"{alternative.name!r} was scored with other parameters than the first alternative")
        if card.n_phases != alternatives[0].scorecard.n_phases:
            numbers = f"{card.n_phases} timetables, the first alternative with {alternatives[0].scorecard.n_phases}"
            raise InputError(f"{alternative.name!r} was scored with {numbers}; must be the same")


def _entry(ix: int, alternative: PublishedAlternative, basemap: Basemap) -> _Entry:
    """Give an alternative its letter and colour and draw it."""
    slot = ix % len(LINE_COLORS)
    color = f"var(--line-{_LETTERS[slot].lower()})"
    card = dataclasses.replace(alternative.scorecard, name=alternative.name)
    return _Entry(
        alternative_id=alternative.alternative_id,
        name=alternative.name,
        letter=_LETTERS[ix],
        color=color,
        map_color=LINE_COLORS[slot],
        card=card,
        drawing=render_drawing(card, basemap, color=color, label=f"Map of {alternative.name}"),
        scenario_json=alternative.scenario_json,
    )


def _shared_files(basemap: Basemap) -> dict[str, str]:
    """Return what all pages and maps share."""
    files = {f"assets/{name}": text for name, text in map_assets(basemap).items()}
    for path in (STYLE_PATH, SHEET_STYLE_PATH, TEMPLATES / "site.css"):
        files[f"assets/{path.name}"] = path.read_text(encoding="utf-8")
    return files


def _map_files(entries: Sequence[_Entry], city: City, basemap: Basemap) -> dict[str, str]:
    """Return the page of each map."""
    return {
        f"maps/{entry.alternative_id}.html": render_map(
            entry.card, city, basemap=basemap, color=entry.map_color, assets="../assets", title=f"Map of {entry.name}"
        )
        for entry in entries
    }


def _sheets(entries: Sequence[_Entry], address: str) -> dict[str, str]:
    """Return each card on one page for paper, with the address of its page if the site has one."""
    return {
        f"sheets/{entry.alternative_id}.html": render_sheet(
            entry.card,
            entry.drawing,
            address=f"{address.rstrip('/')}/alternatives/{entry.alternative_id}.html" if address else "",
            letter=entry.letter,
            color=entry.color,
            assets="../assets",
        )
        for entry in entries
    }


def _data_files(entries: Sequence[_Entry], outcome: Outcome | None) -> dict[str, str]:
    """Return every number of the pages as data, and the totals of the vote: no ballot, nothing about any person."""
    names = {entry.alternative_id: entry.name for entry in entries}
    cards = {entry.alternative_id: entry.card for entry in entries}
    files = {"data/scores.json": render_scores(cards), "data/comparison.csv": render_comparison(cards)}
    if len(cards) > 1:
        files["data/differences.csv"] = render_differences(cards)
    for entry in entries:
        files[f"data/areas-{entry.alternative_id}.csv"] = render_areas(entry.card)
        files[f"data/groups-{entry.alternative_id}.csv"] = render_groups(entry.card)
        if entry.card.ride_rows:
            files[f"data/rides-{entry.alternative_id}.csv"] = render_rides(entry.card)
        if entry.scenario_json:
            files[f"data/scenario-{entry.alternative_id}.json"] = entry.scenario_json
    if outcome is not None:
        files["data/vote.json"] = render_vote(outcome, names)
        files["data/pairs.csv"] = render_pairs(outcome, names)
    return files


def _compare_page(entries: Sequence[_Entry], city: City, basemap: Basemap, facts: Mapping[str, object]) -> str:
    """Return the first eight side by side: the matrix, a small map of each, the difference of every two."""
    shown = entries[:MOST_COMPARED]
    sides = [Side(entry.letter, entry.name, entry.color, entry.card) for entry in shown]
    frame = fit_sides(sides, basemap)
    return _render(
        "compare.html.j2",
        **facts,
        root="",
        entries=shown,
        n_left_out=len(entries) - len(shown),
        matrix=judge_sides(sides),
        maps=render_small_maps(sides, frame, city),
        pairs=[(one, other, render_difference(one, other, frame, city)) for one, other in combinations(sides, 2)],
    )


def _pages(
    entries: Sequence[_Entry],
    outcome: Outcome | None,
    *,
    about: Mapping[str, object],
    asked: str,
    window: str,
    study: PublishedStudy | None,
) -> dict[str, str]:
    """Return the list and a page for each alternative."""
    names = {entry.alternative_id: entry.name for entry in entries}
    places = _places(entries, outcome)
    listed = [entry for place in places for entry in place.entries]
    facts = {
        "about": about,
        "asked": asked,
        "outcome": outcome,
        "window": window,
        "places": places,
        "listed": listed,
        "study": study if len(entries) == 1 else None,
    }
    sentences = outcome.explain(names) if outcome else ()
    key = {"steps": ACCESS.steps[::-1], "fewest": FEWEST_RESIDENTS, "close": _close_calls(listed)}
    pages = {"index.html": _render("index.html.j2", **facts, **key, root="", sentences=sentences)}
    for place in places:
        for entry in place.entries:
            page = _render("alternative.html.j2", **facts, root="../", place=place, entry=entry)
            pages[f"alternatives/{entry.alternative_id}.html"] = page
    return pages


def _close_calls(entries: Sequence[_Entry]) -> tuple[tuple[str, str], ...]:
    """Return the criteria in which routes differ within noise, each with the pairs of their letters."""
    close: dict[str, list[str]] = {}
    for pair in find_differences([entry.card for entry in entries]):
        if pair.difference.standing is Standing.NOISE:
            letters = sorted((entries[pair.one].letter, entries[pair.other].letter))
            close.setdefault(INDICATORS[pair.key].label, []).append(" and ".join(letters))
    return tuple((label, ", ".join(sorted(pairs))) for label, pairs in close.items())


def _places(entries: Sequence[_Entry], outcome: Outcome | None) -> tuple[_Place, ...]:
    """Return the list as it is read: best first, or as entered where nobody has voted."""
    if outcome is None:
        return tuple(_Place(None, (entry,)) for entry in entries)
    places = []
    for tied in outcome.ranking:
        members = tuple(entry for entry in entries if entry.alternative_id in tied)
        places.append(_Place(outcome.get_place(members[0].alternative_id), members))
    return tuple(places)


def _day(date: dt.date) -> str:
    """Return a date in words, the same on every machine: `November 21, 2026`."""
    return f"{_MONTHS[date.month - 1]} {date.day}, {date.year}"


def _render(template: str, **facts: object) -> str:
    return render_template(TEMPLATES, template, **facts)
