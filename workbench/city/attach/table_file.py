"""Tables people bring: a CSV file (also gzipped, with commas, semicolons or tabs) in, columns of text out."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from workbench.errors import InputError

__all__ = ["MAX_TABLE_BYTES", "MAX_TABLE_ROWS", "choose_column", "plain_name", "read_text_table"]

MAX_TABLE_BYTES = 400_000_000
"""Largest table, unpacked, bytes: the jobs of New York State by block have about 25 MB."""
MAX_TABLE_ROWS = 5_000_000
_DELIMITERS = ",;\t|"


def read_text_table(path: Path, *, max_bytes: int = MAX_TABLE_BYTES, max_rows: int = MAX_TABLE_ROWS) -> pd.DataFrame:
    """
    Read a table; every value stays text, blanks around it are taken off.

    Raises
    ------
    InputError
        If the file is missing, too large, damaged, not a table, or has a column name twice.
    """
    text = _read_text(path, max_bytes)
    header = text.partition("\n")[0].rstrip("\r")
    if not header.strip():
        raise InputError(f"{path.name} is empty: its first line must name the columns")
    if header.lstrip().startswith("<"):
        raise InputError(f"{path.name} is a web page, not a table: download the data itself")
    delimiter = max(_DELIMITERS, key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path.name}: the column {twice[0]!r} is there {names.count(twice[0])} times, must be once")
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, nrows=max_rows + 1, index_col=False
        )
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from error
    if len(table) > max_rows:
        raise InputError(f"{path.name} has more than {max_rows:,} rows, must be at most that")
    table.columns = pd.Index(names)
    for name in names:
        table[name] = table[name].str.strip()
    return table


def choose_column(
    table: pd.DataFrame, wanted: str | None, known: Sequence[str], *, what: str, option: str, where: str
) -> str:
    """
    Return the column the caller asks for, or the first known name among the columns, whatever its spelling.

    Raises
    ------
    InputError
        If there is no such column; names those there are and the option that tells which to take.
    """
    columns = list(table.columns)
    if wanted is not None:
        if wanted not in columns:
            raise InputError(f"{where}: there is no column {wanted!r}; there are {', '.join(map(repr, columns))}")
        return wanted
    plain = {plain_name(column): column for column in reversed(columns)}
    for name in known:
        if name in plain:
            return plain[name]
    raise InputError(f"{where}: no column with {what} found; name it with {option}: {', '.join(map(repr, columns))}")


def plain_name(column: str) -> str:
    """Return a column name without capitals and marks: `FIPS Tract-Full` becomes `fips_tract_full`."""
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")


def _read_text(path: Path, max_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as source:
            content = source.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from error
    if len(content) > max_bytes:
        raise InputError(f"{path.name} has more than {max_bytes:,} bytes unpacked, must be at most that")
    if b"\0" in content[:4096]:
        raise InputError(f"{path.name} is not a table in text (CSV); save it as CSV first")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
