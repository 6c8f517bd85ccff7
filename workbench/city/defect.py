"""What was wrong with a source, and how often: bent or left out, counted, never silent."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import Level, Problem

__all__ = ["Defect"]


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in the sources that was bent or left out, and how often."""

    code: str
    count: int
    what: str
    """What was found and what was done about it, in words."""
    where: str = ""

    def problem(self) -> Problem:
        """Return it as a warning."""
        return Problem(Level.WARNING, self.code, f"{self.count:,} {self.what}", self.where)
