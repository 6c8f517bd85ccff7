"""Applies each kind of edit to the trips of existing routes: blocks in, blocks out; nothing given is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.scenario.boundary import line_in_metres
from workbench.scenario.drawn.headways import departures
from workbench.scenario.existing import (
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    ChangeSpeed,
    ExistingEdit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    SetHeadway,
)
from workbench.scenario.today.reroute import reroute_block
from workbench.scenario.today.span import change_span, nearest_copies
from workbench.scenario.today.working import Block

__all__ = ["Ground", "alter_block_list"]

BoolArray = npt.NDArray[np.bool_]
Int32Array = npt.NDArray[np.int32]


@dataclass
class Ground:
    """What edits stand on: the city, the day, and the stops so far, to which edits add their own."""

    city: City
    service: str
    phase: int
    new_xy: list[tuple[float, float]] = field(default_factory=list)
    """Places of new stops, metres; number `City.n_stops` + k."""
    new_name: list[str] = field(default_factory=list)
    moved: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """By route ("" for all) and stop_id: numbers a stop has besides its own, places it was moved to."""

    def places(self) -> npt.NDArray[np.float64]:
        """Return the places of all stops: (n, 2) metres."""
        stops = self.city.stops
        old = np.column_stack([stops[axis].to_numpy(dtype=np.float64) for axis in ("x", "y")])
        return np.concatenate([old, np.array(self.new_xy, dtype=np.float64).reshape(-1, 2)])

    def stop_at(self, xy: tuple[float, float], name: str) -> int:
        """Return the number of the new stop at a place; the same place is the same stop, whoever asks first."""
        if xy not in self.new_xy:
            self.new_xy.append(xy)
            self.new_name.append(name)
        return self.city.n_stops + self.new_xy.index(xy)

    def numbers(self, stop_id: str, route_id: str) -> tuple[int, ...]:
        """Return the numbers of a stop of a route: where it is today, and where edits moved it."""
        to = (*self.moved.get(("", stop_id), ()), *self.moved.get((route_id, stop_id), ()))
        return (self.city.get_stop_ix(stop_id), *to)

    def find(self, block: Block, stop_id: str, start: int = 0) -> int:
        """Return the first position from `start` at which a block calls at a stop; -1 where it does not."""
        here = np.flatnonzero(np.isin(block.stop_ix[start:], self.numbers(stop_id, block.route_id)))
        return start + int(here[0]) if len(here) else -1


def alter_block_list(blocks: Sequence[Block], edit: ExistingEdit, ground: Ground) -> tuple[Block, ...]:
    """Return the blocks of one route after an edit; blocks the edit does not concern are the same objects."""
    if isinstance(edit, RemoveRoute):
        return ()
    if isinstance(edit, SetHeadway):
        return _set_headway(blocks, edit, ground)
    if isinstance(edit, ChangeSpan):
        mine = [block for block in blocks if _concerns(block, edit, ground)]
        kept = [block for block in blocks if not any(block is one for one in mine)]
        return (*kept, *change_span(mine, edit, ground.places()))
    changed = []
    for block in blocks:
        if isinstance(edit, MoveStop | RemoveStop):
            changed += (
                _move_stop(block, edit, ground) if isinstance(edit, MoveStop) else _remove_stop(block, edit, ground)
            )
        elif not _concerns(block, edit, ground):
            changed.append(block)
        elif isinstance(edit, RemoveTrips):
            changed.append(_remove_trips(block, edit))
        elif isinstance(edit, AddStop):
            changed.append(_add_stop(block, edit, ground))
        elif isinstance(edit, ChangeSpeed | AllDoorBoarding):
            changed += _change_speed(block, edit, ground)
        else:
            changed += _reroute(block, edit, ground)
    return tuple(changed)


_OfRoute = RemoveTrips | SetHeadway | ChangeSpan | AddStop | Reroute | ChangeSpeed | AllDoorBoarding


def _concerns(block: Block, edit: _OfRoute, ground: Ground) -> bool:
    """Tell whether an edit is meant for a block, by direction and by the stops it must call at in order."""
    if edit.direction is not None and edit.direction != block.direction:
        return False
    position = 0
    for stop_id in edit.via_stop_ids:
        found = ground.find(block, stop_id, position)
        if found < 0:
            return False
        position = found + 1
    return True


def _in_band(block: Block, start_s: int, end_s: int) -> BoolArray:
    """Tell which trips leave their first stop in a band; trips of the day before belong to one that starts at 0."""
    first = block.departure_s[:, 0]
    return ((first >= start_s) | (start_s == 0)) & (first < end_s)


def _remove_trips(block: Block, edit: RemoveTrips) -> Block:
    gone = _in_band(block, edit.start_s, edit.end_s)
    if edit.trip_ids:
        gone &= np.isin(block.trip_id.astype(str), edit.trip_ids)
    return block.only(~gone) if gone.any() else block


def _set_headway(blocks: Sequence[Block], edit: SetHeadway, ground: Ground) -> tuple[Block, ...]:
    """Replace the trips of a band, direction by direction; without trips there, the nearest others are the model."""
    mine = [block for block in blocks if _concerns(block, edit, ground) and len(block.trip_id)]
    kept = [block for block in blocks if not any(block is one for one in mine)]
    added: list[Block] = []
    for direction in sorted({block.direction for block in mine}):
        own = [block for block in mine if block.direction == direction]
        inside = [block.only(_in_band(block, edit.start_s, edit.end_s)) for block in own]
        kept += [block.only(~_in_band(block, edit.start_s, edit.end_s)) for block in own]
        models = [block for block in inside if len(block.trip_id)] or own
        starts = departures(
            edit.headway_s, edit.start_s, edit.end_s,
            seed=edit.seed, luck=edit.route_id, direction=direction, phase=ground.phase,
        )  # fmt: skip
        added += nearest_copies(models, starts, ground.places())
    return (*kept, *added)


def _move_stop(block: Block, edit: MoveStop, ground: Ground) -> list[Block]:
    here = np.isin(block.stop_ix, ground.numbers(edit.stop_id, block.route_id))
    if not here.any():
        return [block]
    (place,) = line_in_metres((edit.place_lonlat,), ground.city.crs).tolist()
    name = str(ground.city.stops["stop_name"].iloc[ground.city.get_stop_ix(edit.stop_id)])
    number = ground.stop_at((place[0], place[1]), f"{name} (moved)")
    for route_id in edit.route_ids or ("",):
        known = ground.moved.setdefault((route_id, edit.stop_id), [])
        known += [] if number in known else [number]
    return [replace(block, stop_ix=np.where(here, number, block.stop_ix).astype(np.int32))]


def _remove_stop(block: Block, edit: RemoveStop, ground: Ground) -> list[Block]:
    """Drop the calls at a stop; trips left with fewer than two stops are gone."""
    stays = ~np.isin(block.stop_ix, ground.numbers(edit.stop_id, block.route_id))
    if stays.all():
        return [block]
    return [_with_calls(block, stays)] if stays.sum() >= 2 else []


def _with_calls(block: Block, calls: BoolArray) -> Block:
    return replace(
        block,
        stop_ix=block.stop_ix[calls],
        may_board=block.may_board[calls],
        may_alight=block.may_alight[calls],
        arrival_s=block.arrival_s[:, calls],
        departure_s=block.departure_s[:, calls],
    )


def _add_stop(block: Block, edit: AddStop, ground: Ground) -> Block:
    """Put a stop after another: the running time is shared by distance, and later times are put off by the stop."""
    at = ground.find(block, edit.after_stop_id)
    if not 0 <= at < len(block.stop_ix) - 1:
        return block
    if edit.stop_id:
        number = ground.numbers(edit.stop_id, block.route_id)[-1]
    else:
        (place,) = line_in_metres((edit.place_lonlat,), ground.city.crs).tolist()
        after = str(ground.city.stops["stop_name"].iloc[ground.city.get_stop_ix(edit.after_stop_id)])
        number = ground.stop_at((place[0], place[1]), f"New stop after {after}")
    places = ground.places()
    to_m, from_m = (float(np.hypot(*(places[number] - places[block.stop_ix[at + k]]))) for k in (0, 1))
    share = to_m / (to_m + from_m) if to_m + from_m > 0 else 0.5
    left, reached = block.departure_s[:, at].astype(np.float64), block.arrival_s[:, at + 1]
    arrival = np.rint(left + share * (reached - left)).astype(np.int32)
    late = np.zeros(len(block.stop_ix) + 1, dtype=np.int32)
    late[at + 2 :] = edit.dwell_s
    return replace(
        block,
        stop_ix=np.insert(block.stop_ix, at + 1, number).astype(np.int32),
        may_board=np.insert(block.may_board, at + 1, True),
        may_alight=np.insert(block.may_alight, at + 1, True),
    ).with_times(
        np.insert(block.arrival_s, at + 1, arrival, axis=1) + late,
        np.insert(block.departure_s, at + 1, arrival + edit.dwell_s, axis=1) + late,
    )


def _change_speed(block: Block, edit: ChangeSpeed | AllDoorBoarding, ground: Ground) -> list[Block]:
    """Stretch or shrink the time between two stops, with all doors the time at stops too; trips outside the band stay."""
    start = ground.find(block, edit.from_stop_id) if edit.from_stop_id else 0
    end = ground.find(block, edit.to_stop_id, start + 1) if edit.to_stop_id else len(block.stop_ix) - 1
    inside = _in_band(block, edit.start_s, edit.end_s)
    if start < 0 or end <= start or not inside.any():
        return [block]
    mine = block.only(inside)
    if isinstance(edit, AllDoorBoarding):
        since = [mine.departure_s[:, start, None], mine.departure_s[:, end, None]]
        factor = 1.0 - edit.dwell_share * edit.saving_share
        early, late = (
            times - np.rint((np.clip(times, *since) - since[0]) * (1.0 - factor)).astype(np.int64)
            for times in (mine.arrival_s, mine.departure_s)
        )
    else:
        run_s = np.zeros(mine.arrival_s.shape, dtype=np.int64)
        run_s[:, start + 1 : end + 1] = (mine.arrival_s[:, 1:] - mine.departure_s[:, :-1])[:, start:end]
        run_s = np.cumsum(run_s, axis=1)
        gained_s = run_s - np.rint(run_s / edit.speed_factor).astype(np.int64)
        early, late = mine.arrival_s - gained_s, mine.departure_s - gained_s
    faster = mine.with_times(early.astype(np.int32), late.astype(np.int32))
    return [faster] if inside.all() else [block.only(~inside), faster]


def _reroute(block: Block, edit: Reroute, ground: Ground) -> list[Block]:
    """Send a block another way between two of its stops, the empty id stands for its end; one stop alone is no trip."""
    start = ground.find(block, edit.from_stop_id) if edit.from_stop_id else None
    end = ground.find(block, edit.to_stop_id, 0 if start is None else start + 1) if edit.to_stop_id else None
    if start == -1 or end == -1 or len(block.trip_id) == 0:
        return [block]
    other = reroute_block(block, edit, ground, start, end)
    return [other] if len(other.stop_ix) >= 2 else []
