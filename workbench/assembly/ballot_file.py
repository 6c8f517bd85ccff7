"""Ballots typed in from paper: a CSV file with one ballot a row, its ranking written as `a > b = c`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from workbench.assembly.ballot import Ballot, check_ballot
from workbench.assembly.ranking import Ranking, ranking_from_text, shorten
from workbench.errors import BallotError, InputError, Level, Problem, require_no_errors

__all__ = ["read_ballots"]

MAX_BYTES = 50_000_000
"""Largest file that is read; 100,000 ballots with long rankings need about a tenth."""
MAX_SHOWN = 20
"""Most faulty rows named in one message."""


def read_ballots(path: Path, proposals: Mapping[str, str]) -> tuple[Ballot, ...]:
    """
    Return the ballots of a CSV file.

    The first row names the columns: `ranking`, and `ballot_id` if the ballots are numbered; without it they are called
    by their row. Other columns are not read. A proposal is written by its id or by its whole name. A ballot handed in
    empty is written `blank`, so that a forgotten cell is not taken for one.

    Parameters
    ----------
    path
        The file, UTF-8.
    proposals
        Id and name of everything that was voted on.

    Raises
    ------
    InputError
        If the file cannot be read or has no column `ranking`.
    BallotError
        With every row that is wrong, by its number.
    """
    rows = _read_rows(path)
    ids = _ids_by_word(proposals)
    ballots: list[Ballot] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        where = f"{path.name} row {number}"
        ballot_id = (row.get("ballot_id") or "").strip() or f"row-{number}"
        try:
            ballot = Ballot(ballot_id, _read_ranking(row.get("ranking") or "", ids))
        except BallotError as error:
            problems.append(Problem(Level.ERROR, "ranking", str(error), where))
            continue
        found = check_ballot(ballot, proposals)
        problems += [Problem(fault.level, fault.code, str(fault), where) for fault in found]
        if ballot_id in seen:
            text = f"ballot {shorten(ballot_id)!r} is in row {seen[ballot_id]} already, must be there once"
            problems.append(Problem(Level.ERROR, "ballot-twice", text, where))
        seen.setdefault(ballot_id, number)
        ballots.append(ballot)
    if len(problems) > MAX_SHOWN:
        more = Problem(Level.ERROR, "more", f"{len(problems) - MAX_SHOWN} more problems", path.name)
        problems = [*problems[:MAX_SHOWN], more]
    require_no_errors(problems, BallotError)
    return tuple(ballots)


def _read_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows that have something in them, each with its number as a spreadsheet shows it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the ballots cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{path.name}: has {len(content):,} bytes, must have at most {MAX_BYTES:,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8; save the file as CSV UTF-8") from error
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(table, [])]
        if "ranking" not in header:
            found = shorten(", ".join(header) or "nothing")
            raise InputError(f"{path.name} row 1: the columns are {found}; one must be called ranking")
        return [(table.line_num, dict(zip(header, row, strict=False))) for row in table if any(map(str.strip, row))]
    except csv.Error as error:
        raise InputError(f"{path.name} row {table.line_num}: is not a CSV row ({error})") from error


def _read_ranking(text: str, ids: Mapping[str, str]) -> Ranking:
    """Return a cell's ranking in proposal ids; unknown words stay as they are and are reported by the ballot's check."""
    if text.strip().lower() == "blank":
        return ()
    if not text.strip():
        raise BallotError("ranking is empty; write the ranking like a > b = c, or blank for a ballot handed in empty")
    whole = _word(text)
    if whole in ids:
        return (frozenset({ids[whole]}),)
    ranking = ranking_from_text(text)
    known = tuple(frozenset(ids.get(_word(word), word) for word in place) for place in ranking)
    if sum(map(len, known)) < sum(map(len, ranking)):
        raise BallotError(f"ranking {shorten(text)!r} names one proposal twice, by its id and by its name")
    return known


def _ids_by_word(proposals: Mapping[str, str]) -> dict[str, str]:
    """Return what a proposal may be called in a ballot: its id, and its name unless two share it."""
    names = [_word(name) for name in proposals.values()]
    words = {_word(name): key for key, name in proposals.items() if names.count(_word(name)) == 1}
    return words | {_word(key): key for key in proposals}


def _word(text: str) -> str:
    """Return a name as it is compared: without spaces around it, in any case."""
    return " ".join(text.split()).casefold()
