"""What one session has in hand: parameters only, no work. Pages watch it and show it."""

from __future__ import annotations

import param

__all__ = ["DraftState", "VoteState"]

Place = tuple[float, float]


class DraftState(param.Parameterized):
    """The route being drawn."""

    title = param.String(default="", doc="Name as typed; empty for the suggested one.")
    headway_text = param.String(default="10", doc="Minutes between buses, as typed.")
    route_values = param.Dict(default={}, doc="Other fields of the drawn route that are not the usual, by name.")
    window_id = param.String(default="weekday-am", doc="When people leave: the window that is scored.")
    opened = param.ClassSelector(class_=tuple, default=(), doc="Edits of routes of today, from a file or the editor.")
    points = param.ClassSelector(class_=tuple, default=(), doc="(lon, lat) of each point of the line, degrees.")
    on_streets = param.Boolean(default=False, doc="The points are handles of a line along streets.")
    line = param.ClassSelector(
        class_=tuple,
        default=(),
        doc="The way along streets through the points, (lon, lat); empty for the points themselves.",
    )
    back = param.ClassSelector(
        class_=tuple, default=(), doc="The way back where it takes other streets, (lon, lat); or empty."
    )
    stops = param.ClassSelector(class_=tuple, default=(), doc="Stops placed by hand; empty for automatic ones.")
    stops_back = param.ClassSelector(class_=tuple, default=(), doc="The same on a way back along other streets.")
    busy = param.String(default="", doc="What is being done to the line, or empty.")
    finished = param.Boolean(default=False)
    corner_from = param.String(default="", doc="Corner where the line begins, as typed.")
    corner_to = param.String(default="", doc="Corner where it ends.")
    cap_usd_text = param.String(default="", doc="Most the room wants to add, million dollars a year, as typed.")
    cap_buses_text = param.String(default="", doc="Most buses the room wants to add, as typed.")
    seq = param.Integer(default=0, doc="Number of the newest drawing, counted by the browser.")
    metric = param.Selector(default="access", objects=["access", "minutes", "walk"])
    stage = param.Selector(default="empty", objects=["empty", "working", "preview", "exact", "refused"])
    error = param.String(default="", doc="One sentence about what cannot be used, or empty.")
    notice = param.String(default="", doc="One sentence about what was done, or empty.")
    hidden = param.ClassSelector(class_=tuple, default=(), doc="Ids of the alternatives not shown on the map.")
    removed = param.String(default="", doc="Id of the alternative removed last, for undo; empty for none.")
    renaming = param.String(default="", doc="Id of the alternative whose name is being typed; empty for none.")


class VoteState(param.Parameterized):
    """The ballot being filled in and what is shown beside it."""

    places = param.ClassSelector(class_=tuple, default=(), doc="Best first; each place a tuple of alternative ids.")
    shown = param.String(default="", doc="Id of the alternative on the map.")
    metric = param.Selector(default="access", objects=["access", "minutes", "walk"])
    counted = param.Boolean(default=False, doc="Whether the result of the count is shown.")
    error = param.String(default="")
    notice = param.String(default="")
    progress = param.String(default="", doc="How far scoring again is; empty while it does not run.")
    doing = param.String(default="", doc="What is being done meanwhile.")
