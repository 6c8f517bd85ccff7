"""Trips at new times: copies of the trips of today that leave nearest in time, and a longer or shorter day of service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from workbench.scenario.existing import ChangeSpan
from workbench.scenario.today.working import Block

__all__ = ["change_span", "nearest_copies"]

DAY_S = 86_400
FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]


def change_span(blocks: Sequence[Block], edit: ChangeSpan, places: FloatArray) -> tuple[Block, ...]:
    """
    Return the trips of a route within a new span, direction by direction, with buses added where the span grows.

    A trip of the day before is judged by its time on its own day. Blocks that keep all their trips are the same objects.
    """
    kept: list[Block] = []
    added: list[Block] = []
    for direction in sorted({block.direction for block in blocks}):
        own = [block for block in blocks if block.direction == direction]
        kept += [_inside(block, edit) for block in own]
        first_s = np.concatenate([block.departure_s[~block.is_previous, 0] for block in own])
        if len(first_s) == 0:
            continue
        before = np.arange(int(first_s.min()) - edit.headway_s, edit.start_s - 1, -edit.headway_s)
        after = np.arange(int(first_s.max()) + edit.headway_s, edit.end_s, edit.headway_s)
        starts = np.concatenate([before[::-1], after]).astype(np.int32)
        starts = starts[(starts >= edit.start_s) & (starts < edit.end_s)]
        today = [block.only(~block.is_previous) for block in own]
        added += nearest_copies([block for block in today if len(block.trip_id)], starts, places)
    return (*kept, *added)


def nearest_copies(models: Sequence[Block], starts: Int32Array, places: FloatArray) -> list[Block]:
    """Return one trip for each start: the model trip that leaves nearest in time (of two the earlier), moved to it."""
    trips = [
        (int(block.departure_s[trip, 0]), number, trip)
        for number, block in enumerate(models)
        for trip in range(len(block.trip_id))
    ]
    order = sorted(trips, key=lambda one: (one[0], _signature(models[one[1]], one[2], places)))
    first_s = np.array([one[0] for one in order], dtype=np.int64)
    nearest = np.abs(first_s[None, :] - starts[:, None]).argmin(axis=1)
    copies = []
    for number, block in enumerate(models):
        chosen = [
            (start, order[row][2])
            for start, row in zip(starts.tolist(), nearest, strict=True)
            if order[row][1] == number
        ]
        if chosen:
            start_s, trip = (np.array(column, dtype=np.int64) for column in zip(*chosen, strict=True))
            shift = (start_s - block.departure_s[trip, 0])[:, None]
            ids = np.array([f"{block.trip_id[one]} at {when}" for when, one in chosen], dtype=np.object_)
            moved = replace(block, trip_id=ids, is_previous=np.zeros(len(ids), dtype=np.bool_))
            copies.append(
                moved.with_times(
                    (block.arrival_s[trip] + shift).astype(np.int32), (block.departure_s[trip] + shift).astype(np.int32)
                )
            )
    return copies


def _inside(block: Block, edit: ChangeSpan) -> Block:
    start_s = block.departure_s[:, 0] + np.where(block.is_previous, DAY_S, 0)
    stays = (start_s >= edit.start_s) & (start_s < edit.end_s)
    return block if stays.all() else block.only(stays)


def _signature(block: Block, trip: int, places: FloatArray) -> tuple[object, ...]:
    """Return what tells trips that leave at one time apart, whatever the order of edits."""
    return (places[block.stop_ix].tolist(), block.departure_s[trip].tolist(), block.arrival_s[trip].tolist())
