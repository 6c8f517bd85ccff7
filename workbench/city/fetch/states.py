"""The states of the USA as the Census names them: letters, code, and the name of their folder."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workbench.errors import InputError

__all__ = ["STATES", "find_state"]

_LISTED = """
AL 01 ALABAMA|AK 02 ALASKA|AZ 04 ARIZONA|AR 05 ARKANSAS|CA 06 CALIFORNIA|CO 08 COLORADO|CT 09 CONNECTICUT|DE 10 DELAWARE
DC 11 DISTRICT OF COLUMBIA|FL 12 FLORIDA|GA 13 GEORGIA|HI 15 HAWAII|ID 16 IDAHO|IL 17 ILLINOIS|IN 18 INDIANA|IA 19 IOWA
KS 20 KANSAS|KY 21 KENTUCKY|LA 22 LOUISIANA|ME 23 MAINE|MD 24 MARYLAND|MA 25 MASSACHUSETTS|MI 26 MICHIGAN|MN 27 MINNESOTA
MS 28 MISSISSIPPI|MO 29 MISSOURI|MT 30 MONTANA|NE 31 NEBRASKA|NV 32 NEVADA|NH 33 NEW HAMPSHIRE|NJ 34 NEW JERSEY
NM 35 NEW MEXICO|NY 36 NEW YORK|NC 37 NORTH CAROLINA|ND 38 NORTH DAKOTA|OH 39 OHIO|OK 40 OKLAHOMA|OR 41 OREGON
PA 42 PENNSYLVANIA|RI 44 RHODE ISLAND|SC 45 SOUTH CAROLINA|SD 46 SOUTH DAKOTA|TN 47 TENNESSEE|TX 48 TEXAS|UT 49 UTAH
VT 50 VERMONT|VA 51 VIRGINIA|WA 53 WASHINGTON|WV 54 WEST VIRGINIA|WI 55 WISCONSIN|WY 56 WYOMING|PR 72 PUERTO RICO
"""


def _folders() -> dict[str, tuple[str, str]]:
    states = {}
    for entry in _LISTED.replace("\n", "|").strip("|").split("|"):
        letters, code, name = entry.split(" ", 2)
        states[letters.lower()] = (code, f"{code}_{name.replace(' ', '_')}")
    return states


STATES: Mapping[str, tuple[str, str]] = MappingProxyType(_folders())
"""Letters in small -> code (two digits) and folder, e.g. `ny` -> (`36`, `36_NEW_YORK`)."""


def find_state(letters: str) -> tuple[str, str]:
    """Return code and folder of a state; raises `InputError` if there is none."""
    if letters.lower() not in STATES:
        raise InputError(f"state {letters!r} must be two letters such as ny; there are {', '.join(STATES)}")
    return STATES[letters.lower()]
