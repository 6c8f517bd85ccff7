"""The first page: draw a route, see its card at once, exact a moment later, keep it as an alternative."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial

import panel as pn

from workbench.app.alternatives import SavedAlternative, letter_of, list_alternatives, save_alternative
from workbench.app.components import Fragment, SketchMap
from workbench.app.components.fragment import Upload
from workbench.app.components.sketch_map import N_SLOTS, Place, RouteOnMap, Sketch
from workbench.app.desk import Desk
from workbench.app.draft import (
    DRAWN_ID,
    DROPPED_BACK,
    build_scenario,
    describe_headway,
    file_name,
    one_sentence,
    open_upload,
    same_line,
)
from workbench.app.editing.route_editor import RouteEditor
from workbench.app.pages.page import build_page, map_words
from workbench.app.rendering import render
from workbench.app.results.budget_line import budget_line, read_cap
from workbench.app.results.painting import describe_zone, paint_zones
from workbench.app.results.preview import Preview
from workbench.app.results.studies import Studies
from workbench.app.results.trip import TripPanel
from workbench.app.state import DraftState
from workbench.errors import InputError, WorkbenchError
from workbench.jobs import SupersededWork, Task
from workbench.network import WINDOWS, Baseline, get_window
from workbench.publish.card import render_card
from workbench.scenario import AddRoute, Edit, Scenario, describe_edit
from workbench.scenario.drawn.follow import FollowedLine, follow_streets, line_between_corners
from workbench.scoring import RouteShape, Scorecard
from workbench.storage import Store

__all__ = ["WorkbenchPage", "workbench_page"]

_TYPED = {
    "corner-from": "corner_from",
    "corner-to": "corner_to",
    "cap-usd": "cap_usd_text",
    "cap-buses": "cap_buses_text",
}
"""Fields whose text is kept as typed."""
PREVIEW_AFTER_S = 0.4
"""An exact card that takes longer than this has a preview before it."""
POLL_MS = 400
"""How often the progress of the preparation is shown."""


def workbench_page(desk: Desk, store: Store) -> pn.Template:
    """Return the page for one session."""
    return WorkbenchPage(desk, store).page


class WorkbenchPage:
    """One session at the drawing table."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self.desk, self.store = desk, store
        self.state = DraftState()
        self.queue = desk.new_queue()
        self.card: Scorecard | None = None
        self.preview: Preview | None = None
        self._version = 0
        self._awaited: Task[Baseline] = desk.preparation
        city = desk.city
        self.map = SketchMap(
            layers=sorted(city.layers),
            bounds=list(city.bounds_lonlat),
            texts=map_words(city),
            sizing_mode="stretch_both",
        )
        self.studies = Studies(desk, self._drawn, self._show_result)
        self.form = Fragment()
        self.result = Fragment()
        self.shelf = Fragment()
        self._listen()
        self.trip = TripPanel(desk, self.map, self._drawn, lambda: get_window(self.state.window_id).service)
        self.editor = RouteEditor(
            desk,
            self.map,
            edits=lambda: tuple(self.state.opened),
            drawn=lambda: tuple(self.state.points),
            change=self._change_today,
            used_line=self._clear_line,
            show=self._show_routes,
        )
        self.map.handlers |= self.editor.picks(self.map.handlers)
        self._show_form()
        self._show_result()
        self._show_shelf()
        pieces = {"map": self.map, "form": self.form, "result": self.result, "shelf": self.shelf}
        pieces["trip"] = self.trip.fragment
        pieces["editor"] = self.editor.fragment
        self.page = build_page("workbench.html.j2", pieces, city=city, title="Draw a route", current="draw")
        self._poll = pn.state.add_periodic_callback(self._show_preparation, period=POLL_MS, start=False)
        self._watch(desk.preparation)

    def _listen(self) -> None:
        self.map.handlers = {
            "ready": self._show_routes,
            "sketch": self._on_sketch,
            "ahead": self._on_ahead,
            "metric": self._on_metric,
            "zone": self._on_zone,
            "refused": self._refuse,
        }
        self.form.on_field = self._on_field
        self.form.on_action = self._on_action
        self.form.on_upload = self._on_upload
        self.result.on_action = self._on_action
        self.shelf.on_action = self._on_action
        self.shelf.on_field = self._on_field

    # ---- what the person does

    def _on_sketch(self, sketch: Sketch) -> None:
        same = same_line(sketch.points, self.state.points)  # our own line comes back
        notice = self.state.notice if same else DROPPED_BACK if self.state.back and sketch.points else ""
        back = self.state.back if same else ()
        self.state.param.update(
            points=sketch.points, back=back, finished=sketch.finished, seq=sketch.seq, notice=notice
        )
        self._rescore(moving=sketch.moving)

    def _on_ahead(self, sketch: Sketch) -> None:
        """Score what the next click would draw, while nothing else is to be done."""
        if len(sketch.points) >= 2 and self.state.stage != "working":
            self._run(partial(self._score_ahead, sketch.points))

    async def _score_ahead(self, points: tuple[Place, ...]) -> None:
        with suppress(WorkbenchError):  # whoever draws it will be told
            scenario = build_scenario(self.state, self._suggested_title(), points=points)
            await self.desk.score_ahead(scenario, self.state.window_id)

    def _on_field(self, field: str, value: str) -> None:
        if field == "title":
            self.state.title = value
        elif field == "headway":
            self.state.headway_text = value
            self._show_form()
        elif field == "window":
            return self._choose_window(value)
        elif field in _TYPED:
            return self._on_typed(_TYPED[field], value)
        elif field.startswith("rename:"):
            return self._rename(field.removeprefix("rename:"), value)
        return self._rescore()

    def _on_action(self, action: str, value: str) -> None:
        actions: dict[str, Callable[[str], None]] = {
            "headway": lambda minutes: self._on_field("headway", minutes),
            "put-aside": self._put_aside,
            "draw-between": self._draw_between,
            "follow": self._follow,
            "save": self._save,
            "download": self._download,
            "toggle": self._toggle,
            "edit": self._edit_copy,
            "start-rename": self._start_rename,
            "remove": self._remove,
            "restore": self._restore,
        }
        if action in actions:
            self._guard(lambda: actions[action](value))
        else:
            self.studies.act(action, self.card)

    def _on_metric(self, metric: str) -> None:
        self.state.metric = metric
        self._paint()

    def _on_zone(self, zone_ix: int) -> None:
        if self.card is not None and zone_ix < self.desk.city.n_zones:
            self.map.answer_zone(zone_ix, describe_zone(self.card.zones, zone_ix))

    def _on_upload(self, upload: Upload) -> None:
        self._guard(lambda: self._open_upload(upload))

    def _open_upload(self, upload: Upload) -> None:
        self._take_over(open_upload(upload, self.desk.city))

    def _choose_window(self, window_id: str) -> None:
        """Show another time of the week; its travel times are computed in the background if nobody asked before."""
        if window_id in {window.window_id for window in WINDOWS}:
            self.state.window_id = window_id
            self._watch(self.desk.window_task(window_id))
            self._show_form()
            self._rescore()

    def _put_aside(self, _value: str) -> None:
        """Leave out the changes that were opened from a file; what is drawn stays."""
        self.editor.replace(())
        self.state.notice = "The changes are put aside."
        self._show_result()

    def _change_today(self, edits: tuple[Edit, ...]) -> None:
        """Take the changes of today's routes after a press in the editor, an undo or a redo."""
        self.state.param.update(opened=edits, notice="", error="")
        self._show_form()
        self._rescore()

    def _clear_line(self) -> None:
        """The drawn line became part of a route of today: the table is free for the next one."""
        self.state.param.update(points=(), back=(), finished=False)
        self.map.set_sketch(())
        self._rescore()

    def _on_typed(self, name: str, value: str) -> None:
        setattr(self.state, name, value)
        if name.startswith("cap"):
            self._guard(lambda: read_cap(self.state))
            self._show_result()

    def _draw_between(self, _value: str) -> None:
        """Draw the line between two named corners."""
        followed, corners = line_between_corners(self.desk.city, [self.state.corner_from, self.state.corner_to])
        self._take_line(followed, f"From {corners[0].name} to {corners[-1].name}. {followed.words}")

    def _follow(self, _value: str) -> None:
        """Lay what is drawn on the streets it was meant to follow."""
        if len(self.state.points) < 2:
            raise InputError("nothing is drawn yet: draw a line on the map first")
        followed = follow_streets(self.desk.city, tuple(self.state.points))
        self._take_line(followed, followed.words)

    def _take_line(self, followed: FollowedLine, notice: str) -> None:
        self.state.param.update(
            points=followed.line_lonlat, back=followed.back_lonlat, finished=True, error="", notice=notice
        )
        self.map.set_sketch(followed.line_lonlat)
        self._rescore()

    # ---- scoring

    def _rescore(self, *, moving: bool = False) -> None:
        """Start on the newest state of the drawing; whatever was running for an older one is no longer shown."""
        self._version += 1
        self.queue.overtake()
        if len(self.state.points) < 2 and not self.state.opened:
            self._show_nothing()
            return
        self._run(partial(self._score, self._version, moving=moving))

    async def _score(self, version: int, *, moving: bool) -> None:
        """Show the exact card; before it a preview if it takes its time, but not while a point is dragged."""
        seq = self.state.seq
        self.state.param.update(stage="working" if self.card is None else self.state.stage, error="")
        try:
            scenario = build_scenario(self.state, self._suggested_title())
            window_id = self.state.window_id
            exact = asyncio.ensure_future(self.desk.score(scenario, self.queue, window_id, on_wait=self._watch))
            await asyncio.wait({exact}, timeout=PREVIEW_AFTER_S)
            if not exact.done() and not moving:
                with suppress(WorkbenchError):  # what is wrong with the drawing, the exact card says as well
                    preview = await self.desk.preview(scenario, window_id)
                    if version == self._version and not exact.done():
                        self._show_preview(preview)
            card = await exact
            if version == self._version:
                self._show_exact(card, seq)
        except SupersededWork:
            return
        except WorkbenchError as error:
            if version == self._version:
                self._refuse(error, drawing=True)

    def _show_nothing(self) -> None:
        self.card, self.preview = None, None
        self.state.param.update(stage="empty", error="")
        self.map.clear_paint()
        self._show_routes()
        self._show_result()
        self.trip.refresh()

    def _show_preview(self, preview: Preview) -> None:
        self.card, self.preview = None, preview
        self.state.param.update(stage="preview", error="")
        self._show_routes()
        self._show_result()

    def _show_exact(self, card: Scorecard, seq: int) -> None:
        self.card, self.preview = card, None
        self.state.param.update(stage="exact", error="")
        self._show_routes()
        self._show_result()
        self._paint(seq)
        self.map.say(f"Exact result. {' '.join(card.headline)}")
        self.trip.refresh()

    def _paint(self, seq: int | None = None) -> None:
        if self.card is not None:
            painting = paint_zones(self.card.zones, self.state.metric)
            self.map.paint(painting, seq=self.state.seq if seq is None else seq, exact=True)

    def _refuse(self, error: WorkbenchError, *, drawing: bool = False) -> None:
        """Say what cannot be used. A drawing that cannot be scored loses its card; anything else loses nothing."""
        self.state.param.update(error=one_sentence(error), notice="")
        if drawing:
            self.card, self.preview = None, None
            self.state.stage = "refused"
            self.map.clear_paint()
            self._show_routes()
        self._show_result()

    def _drawn(self) -> Scenario | None:
        """Return the drawing that has an exact card, for the trip; None if there is none."""
        return build_scenario(self.state, self._suggested_title()) if self.card is not None else None

    # ---- alternatives

    def _save(self, _value: str) -> None:
        if self.card is None:
            raise InputError("the exact result is not there yet; wait a moment, then save")
        if self.card.window_id != self.desk.window.window_id:
            raise InputError(
                f"alternatives are kept with their card for {self.desk.window.label}, so that all can be compared: "
                "choose that time, then keep it"
            )
        scenario = build_scenario(self.state, self._suggested_title())
        saved = save_alternative(self.store, scenario, self.card)
        self.state.param.update(title="", points=(), back=(), opened=(), finished=False, removed="")
        self.map.set_sketch(())
        self.map.slot = self._next_number() % N_SLOTS
        self._version += 1
        self.editor.forget()
        self._show_nothing()
        self.state.notice = f"Saved as alternative {saved.letter}: {saved.name}. Draw the next one."
        self._show_form()
        self._show_result()
        self._show_shelf()

    def _download(self, _value: str) -> None:
        scenario = build_scenario(self.state, self._suggested_title())
        name = file_name(scenario.name)
        if scenario.changes_today:  # GeoJSON holds new routes only
            self.form.download(f"{name}.json", json.dumps(scenario.to_json(), indent=2))
        else:
            self.form.download(f"{name}.geojson", json.dumps(scenario.to_geojson(), indent=2))

    def _toggle(self, alternative_id: str) -> None:
        hidden = self.state.hidden
        is_hidden = alternative_id in hidden
        self.state.hidden = (
            tuple(one for one in hidden if one != alternative_id) if is_hidden else (*hidden, alternative_id)
        )
        self._show_routes()
        self._show_shelf()

    def _edit_copy(self, alternative_id: str) -> None:
        found = self._get(alternative_id)
        self._take_over(Scenario(f"{found.name}, changed", found.scenario.edits))

    def _take_over(self, scenario: Scenario) -> None:
        """Put a scenario on the table: its new route to be drawn on, its changes of today's routes beside it."""
        new = next((edit for edit in scenario.edits if isinstance(edit, AddRoute)), None)
        opened = tuple(edit for edit in scenario.edits if not isinstance(edit, AddRoute))
        line, back = (new.line_lonlat, new.line_back_lonlat) if new else ((), ())
        headway_text = f"{new.headway_s / 60:g}" if new else self.state.headway_text
        title = scenario.name or (new.name if new else "")
        self.state.param.update(
            title=title,
            headway_text=headway_text,
            points=line,
            back=back,
            opened=opened,
            finished=True,
            error="",
            notice="",
        )
        self.map.set_sketch(line)
        self.editor.forget()
        self._show_form()
        self._rescore()

    def _start_rename(self, alternative_id: str) -> None:
        self.state.renaming = alternative_id
        self._show_shelf()

    def _rename(self, alternative_id: str, name: str) -> None:
        self.state.renaming = ""
        self._guard(lambda: self.store.alternatives.rename(alternative_id, name))
        self._show_shelf()

    def _remove(self, alternative_id: str) -> None:
        self.store.alternatives.remove(alternative_id)
        self.state.removed = alternative_id
        self._show_routes()
        self._show_shelf()

    def _restore(self, alternative_id: str) -> None:
        self.store.alternatives.restore(alternative_id)
        self.state.removed = ""
        self._show_routes()
        self._show_shelf()

    def _get(self, alternative_id: str) -> SavedAlternative:
        for found in list_alternatives(self.store):
            if found.alternative_id == alternative_id:
                return found
        raise InputError("this alternative is no longer there")

    def _next_number(self) -> int:
        kept = [int(kept.alternative_id.removeprefix("a")) for kept in self.store.alternatives.list()]
        return max(kept, default=0)

    def _suggested_title(self) -> str:
        return f"Route {letter_of(self._next_number())}"

    # ---- what is shown

    def _show_routes(self) -> None:
        shown = [alt for alt in list_alternatives(self.store) if alt.alternative_id not in self.state.hidden]
        routes = [route for alternative in shown for route in alternative.on_map()]
        drawn: tuple[RouteShape, ...] = ()
        shown_result = self.card or self.preview
        if shown_result is not None:
            drawn = shown_result.shapes
        slot = self._next_number() % N_SLOTS
        self.map.slot = slot
        routes += [
            RouteOnMap(shape.route_id, "", slot, "", shape.line, shape.stops, draft=shape.route_id == DRAWN_ID)
            for shape in drawn
        ]
        self.map.show_routes([*self.editor.on_map(), *routes])

    def _show_form(self) -> None:
        self.form.html = render(
            "form.html.j2",
            state=self.state,
            suggested=self._suggested_title(),
            meaning=describe_headway(self.state.headway_text),
            windows=WINDOWS,
            changes=[describe_edit(edit, self.desk.city) for edit in self.state.opened],
        )

    def _show_result(self) -> None:
        card = ""
        slot = self._next_number() % N_SLOTS
        color = f"var(--line-{'abcdefgh'[slot]})"
        if self.card is not None:
            card = render_card(self.studies.on_card(self.card), color=color)
        elif self.preview is not None:
            card = render_card(self.preview.card, exact=False, color=color)
        self.result.html = render(
            "result.html.j2",
            state=self.state,
            card=card,
            preparing=self._preparing(),
            studies=self.studies.in_words(self.card),
            budget=budget_line(self.state, self.card or self.preview),
        )

    def _show_shelf(self) -> None:
        self.shelf.html = render("shelf.html.j2", state=self.state, alternatives=list_alternatives(self.store))

    def _preparing(self) -> dict[str, object] | None:
        """Return how far the travel times are that somebody waits for, or None once they are there."""
        task = self._awaited
        return None if task.done else {"percent": round(100 * task.progress.fraction), "text": task.progress.text}

    def _watch(self, task: Task[Baseline]) -> None:
        """Show the progress of a task until it ends."""
        self._awaited = task
        if not task.done:
            if not self._poll.running:
                self._poll.start()
            self._show_result()

    def _show_preparation(self) -> None:
        if self._awaited.done:
            self._poll.stop()
            self._guard(self._awaited.result)
        self._show_result()

    # ---- plumbing

    def _run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        pn.state.execute(work)

    def _guard(self, act: Callable[[], object]) -> None:
        """Do what a person asked for; what they cannot have is said in words."""
        try:
            act()
        except WorkbenchError as error:
            self._refuse(error)
