"""The bundles of flat arrays that kernels see, and the constants that bound their numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "CLIP_S",
    "LANES",
    "MAY_ALIGHT",
    "MAY_BOARD",
    "NO_MEDIAN",
    "OFFSET_S",
    "UNREACHED",
    "Labels",
    "Links",
    "ScanTimetable",
    "Tasks",
]

UInt8Array = npt.NDArray[np.uint8]
UInt16Array = npt.NDArray[np.uint16]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

LANES = 128
"""Width of a label row. A compile-time constant, so that loops over a row become vector instructions; a window's 120
departures, and all trips of a route at one stop, fit into one row. 128 beat 64 on frequent routes, see docs/performance.md."""

UNREACHED = 40_000
"""A label that is not reached. Far above any time in a window (at most 14,400 s), and so low that adding a walk of up to
25,000 s stays inside uint16."""

CLIP_S = 39_000
"""Times of events far outside the window are cut to 0 or to this: never boarded, never alighted."""

OFFSET_S = 60
"""Kernel seconds of the window's first departure. Events before the window are cut to 0 and so cannot be boarded."""

NO_MEDIAN = 65_535
"""Travel time of a pair that is not reached, in matrices of uint16."""

MAY_BOARD = 1
MAY_ALIGHT = 2


class ScanTimetable(NamedTuple):
    """
    Trips of one window by pattern, times in columns: all trips at position 0, then all at position 1, and so on.

    Trips of a pattern are sorted and never overtake one another.
    """

    pattern_call_indptr: Int32Array  # (n_patterns + 1,) calls of pattern p: call_*[indptr[p]:indptr[p + 1]]
    pattern_event_start: Int64Array  # (n_patterns,)     first event of pattern p; position i starts i * n_trips later
    pattern_n_trips: Int32Array  # (n_patterns,)     trips of pattern p, at most 65,535
    call_stop_ix: Int32Array  # (n_calls,)        stop of each call
    call_flags: UInt8Array  # (n_calls,)        MAY_BOARD | MAY_ALIGHT
    arrival_s: UInt16Array  # (n_events,)       kernel seconds, 0 to CLIP_S
    departure_s: UInt16Array  # (n_events,)       kernel seconds, 0 to CLIP_S
    stop_call_indptr: Int32Array  # (n_stops + 1,)    boardings at stop s: stop_call_*[indptr[s]:indptr[s + 1]]
    stop_call_pattern_ix: Int32Array  # (n_boardings,)   pattern that can be boarded there
    stop_call_pos: Int32Array  # (n_boardings,)    at which position of the pattern


class Links(NamedTuple):
    """Walking links from one kind of place to another in compressed sparse rows."""

    indptr: Int32Array  # (n_from + 1,)  links of place a: to_ix[indptr[a]:indptr[a + 1]]
    to_ix: Int32Array  # (n_links,)     far end
    walk_s: UInt16Array  # (n_links,)    time to walk, seconds


class Labels(NamedTuple):
    """What one search writes: label rows by stop, and the lists that drive its rounds. Scratch, used again and again."""

    ride: UInt16Array  # (n_stops, LANES)   earliest arrival by vehicle, kernel seconds
    ready: UInt16Array  # (n_stops, LANES)  earliest time one can board, after at most one walk
    reach: UInt8Array  # (n_events,)        lanes on board of a trip when it leaves a position
    first_pos: Int32Array  # (n_patterns,)  first position to scan from in this round
    on_board: UInt8Array  # (most_trips,)   lanes on board of each trip of the pattern being scanned
    active: UInt16Array  # (most_trips,)    trips of that pattern that carry somebody
    is_marked: UInt8Array  # (n_stops,)     1 for stops to board at in this round
    marked: Int32Array  # (n_stops,)        the list of them
    is_improved: UInt8Array  # (n_stops,)   1 for stops a vehicle reached earlier in this round
    improved: Int32Array  # (n_stops,)      the list of them


class Tasks(NamedTuple):
    """Searches around the calls of added patterns, n of them; lanes of a task are the trip times at one stop."""

    is_backward: UInt8Array  # (n,)       1 to search the base backwards from a boarding, 0 onwards from an alighting
    stop_ix: Int32Array  # (n,)
    start_s: UInt16Array  # (n, LANES)    kernel seconds, never decreasing; UNREACHED after the last lane
    latest_s: UInt16Array  # (n, LANES)   latest second that counts, lane by lane
    n_lanes: Int64Array  # (n,)
    out_indptr: Int64Array  # (n + 1,)    results of a task go to out_row, out_trip, taken from out_lane
    out_lane: Int64Array  # (n_out,)
    out_row: Int64Array  # (n_out,)       call row of the added pattern
    out_trip: Int64Array  # (n_out,)      trip column
