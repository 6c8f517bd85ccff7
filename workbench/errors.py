"""The errors people can cause or meet, and the record of one fault in their data.

Every error of ours descends from `WorkbenchError` and from the built-in a caller would expect:

    WorkbenchError
    ├── InputError(ValueError)      a file, a drawing or an option that cannot be used as it is
    ├── ScenarioError(ValueError)   edits that do not fit the city
    ├── BallotError(ValueError)     a ballot that does not fit its vote
    ├── NotFoundError(LookupError)  something named does not exist
    ├── SettingsError(ValueError)   this machine's settings
    ├── FetchError(ConnectionError)  a source on the internet that cannot be had, or is not what it should be
    └── StorageError(RuntimeError)  the database or a file that could not be kept
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "BallotError",
    "FetchError",
    "InputError",
    "Level",
    "NotFoundError",
    "Problem",
    "ScenarioError",
    "SettingsError",
    "StorageError",
    "WorkbenchError",
    "require_no_errors",
]


class Level(StrEnum):
    """How bad a problem is: an error stops the work, a warning travels with the result."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what was found, what is allowed, and where. `code` is words joined by hyphens."""

    level: Level
    code: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class WorkbenchError(Exception):
    """Base of all our errors; `problems` lists every fault found, never only the first."""

    def __init__(self, message: str, *, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class InputError(WorkbenchError, ValueError):
    """A file, a drawing or an option that cannot be used as it is."""


class ScenarioError(WorkbenchError, ValueError):
    """Edits that do not fit the city."""


class BallotError(WorkbenchError, ValueError):
    """A ballot that does not fit its vote."""


class NotFoundError(WorkbenchError, LookupError):
    """Something named does not exist."""


class SettingsError(WorkbenchError, ValueError):
    """A setting of this machine is unknown or out of range."""


class FetchError(WorkbenchError, ConnectionError):
    """A source on the internet cannot be reached, or sends something else than it should."""


class StorageError(WorkbenchError, RuntimeError):
    """The database or a file could not be read or kept."""


def require_no_errors(problems: Iterable[Problem], error: type[WorkbenchError]) -> tuple[Problem, ...]:
    """
    Raise `error` with all problems if one of them is an error; otherwise return the warnings.

    The message is one line for each error, so that a person sees everything at once.
    """
    found = tuple(problems)
    errors = [problem for problem in found if problem.level is Level.ERROR]
    if errors:
        raise error("\n".join(str(problem) for problem in errors), problems=found)
    return found
