"""How wide a label row is, told to the compiler by a type, so that loops over a row become whole vector instructions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.core import types
from numba.extending import overload

from workbench.network.kernels.arrays import LANES, UInt16Array

__all__ = ["NARROW", "WIDE", "Lanes", "Narrow", "Wide", "lanes_for", "width"]


class Narrow(NamedTuple):
    """Rows of 64 lanes: a search with at most 64 takes two thirds of the time it takes in 128."""

    number: UInt16Array  # (64,)  0, 1, 2, ..


class Wide(NamedTuple):
    """Rows of LANES lanes."""

    number: UInt16Array  # (LANES,)  0, 1, 2, ..


Lanes = Narrow | Wide
NARROW = Narrow(np.arange(64).astype(np.uint16))
WIDE = Wide(np.arange(LANES).astype(np.uint16))


def lanes_for(n_lanes: int) -> Lanes:
    """Return the narrowest rows that hold `n_lanes`."""
    return NARROW if n_lanes <= len(NARROW.number) else WIDE


def width(lanes: Lanes) -> int:
    """Return the width of a row; in compiled code a constant, which a length read at run time is not."""
    return len(lanes.number)


@overload(width, strict=False)
def _compiled_width(lanes: types.NamedUniTuple) -> object:
    constant = len(NARROW.number) if lanes.instance_class is Narrow else len(WIDE.number)
    return lambda lanes: constant  # noqa: ARG005 (its type has told all)
