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
    "UNIT",
    "UNREACHED",
    "Boardings",
    "Calls",
    "Labels",
    "Links",
    "Onward",
    "Patch",
    "Reach",
    "ScanTimetable",
    "Store",
    "Tasks",
]

UInt8Array = npt.NDArray[np.uint8]
UInt16Array = npt.NDArray[np.uint16]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

LANES = 128
"""Widest label row: a window's 120 departures, and all trips of most routes at one stop, fit into it."""

UNIT = 64
"""Zones and lanes are stored in groups of this size, so that loops over a group become vector instructions."""

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

    ride: UInt16Array  # (n_stops, width)   earliest arrival by vehicle, kernel seconds
    ready: UInt16Array  # (n_stops, width)  earliest time one can board, after at most one walk
    arrived: UInt16Array  # (n_zones, width) earliest arrival at each zone, kernel seconds
    reach: UInt8Array  # (n_events,)        lanes on board of a trip when it leaves a position
    first_pos: Int32Array  # (n_patterns,)  first position to scan from in this round
    on_board: UInt8Array  # (most_trips,)   lanes on board of each trip of the pattern being scanned
    active: UInt16Array  # (most_trips,)    trips of that pattern that carry somebody
    is_marked: UInt8Array  # (n_stops,)     1 for stops to board at in this round
    marked: Int32Array  # (n_stops,)        the list of them
    is_improved: UInt8Array  # (n_stops,)   1 for stops a vehicle reached earlier in this round
    improved: Int32Array  # (n_stops,)      the list of them


class Patch(NamedTuple):
    """Pairs of zones whose travel times differ from the stored base, rows by origin, zones in each row sorted."""

    indptr: Int64Array  # (n_zones + 1,)  pairs of origin o: zone_ix[indptr[o]:indptr[o + 1]]
    zone_ix: Int32Array  # (n_pairs,)      destination
    travel_s: UInt16Array  # (n_pairs, n_departures)  replaces the row of the base


class Tasks(NamedTuple):
    """Searches around stops of added service, n of them; lanes of a task are the trip times at its stop."""

    is_backward: UInt8Array  # (n,)       1 to search backwards from a boarding, 0 onwards from an alighting
    start_s: UInt16Array  # (n, width)    kernel seconds, never decreasing; UNREACHED after the last lane
    latest_s: UInt16Array  # (n, width)   latest second that counts, lane by lane
    n_lanes: Int64Array  # (n,)
    unit: Int64Array  # (n, width / UNIT) where results go: `Store.at_zone[unit]`, UNIT lanes each
    stop_indptr: Int64Array  # (n + 1,)   stops of the timetable in walking reach of a task's stop, itself among them
    stop_ix: Int32Array  # (n_stop_links,)
    stop_walk_s: UInt16Array  # (n_stop_links,)
    zone_indptr: Int64Array  # (n + 1,)   zones in walking reach of a task's stop
    zone_ix: Int32Array  # (n_zone_links,)
    zone_walk_s: UInt16Array  # (n_zone_links,)


class Store(NamedTuple):
    """Results of searches around stops of added service; a unit holds UNIT lanes of one search, a tile UNIT zones."""

    at_zone: (
        UInt16Array  # (n_units, n_tiles, max_rides, UNIT lanes, UNIT zones) arrival with at most k more rides, seconds
    )
    at_stop: UInt16Array  # (n_units, max_rides - 2, n_near, UNIT) arrival by vehicle near added stops, at most 1, 2, .. rides


class Calls(NamedTuple):
    """Calls of added patterns, a row each, and the times of their trips; rows of a pattern and times of a row are consecutive."""

    pattern_row_indptr: Int64Array  # (n_patterns + 1,)
    time_indptr: Int64Array  # (n_rows + 1,)  times of row r: arrival_s[time_indptr[r]:time_indptr[r + 1]], by trip
    may_board: UInt8Array  # (n_rows,)        0 at the end of a pattern
    may_alight: UInt8Array  # (n_rows,)       0 at its start
    arrival_s: UInt16Array  # (n_times,)      kernel seconds
    departure_s: UInt16Array  # (n_times,)
    onward_unit: Int64Array  # (n_times,)     where `Store` has the search onwards from alighting; -1 for none
    onward_lane: Int64Array  # (n_times,)
    back_unit: Int64Array  # (n_times,)       and the search backwards from boarding; -1 for none
    back_lane: Int64Array  # (n_times,)


class Reach(NamedTuple):
    """How one gets on foot from where a ride ends to calls of added patterns."""

    row_indptr: Int64Array  # (n_rows + 1,)   stops of the timetable in walking reach of a row's stop
    near_pos: Int64Array  # (n_links,)        position in `Store.at_stop`
    walk_s: UInt16Array  # (n_links,)
    between_s: UInt16Array  # (n_searches, n_rows) from the stop of a search onwards straight to a row's stop; NO_MEDIAN if too far


class Onward(NamedTuple):
    """For each search onwards, the alightings it serves."""

    unit: Int64Array  # (n_searches, units)   where `Store` has it
    indptr: Int64Array  # (n_searches + 1,)
    row: Int64Array  # (n_out,)
    trip: Int64Array  # (n_out,)
    lane: Int64Array  # (n_out,)              counted over all units of the search


class Boardings(NamedTuple):
    """First rides on added service by origin, in groups of one call and number of rides left."""

    group_indptr: Int64Array  # (n_origins + 1,)
    row_level: Int32Array  # (n_groups,)      row x max_rides + rides left after the added one
    slack_s: UInt16Array  # (n_groups,)       least time from leaving home to boarding
    entry_indptr: Int64Array  # (n_groups + 1,)
    trip: UInt16Array  # (n_entries,)
    minute: UInt8Array  # (n_entries,)        departure minute, from 0
