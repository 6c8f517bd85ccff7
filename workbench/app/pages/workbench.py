"""The first page: draw a route, see its card at once, exact a moment later, keep it as an alternative."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial

import panel as pn

from workbench.app.alternatives import save_alternative
from workbench.app.assumptions import assumptions_of, get_room
from workbench.app.components import Fragment, SketchMap
from workbench.app.components.fragment import Upload
from workbench.app.components.sketch_map import N_SLOTS, Place, RouteOnMap, Sketch
from workbench.app.desk import Desk
from workbench.app.draft import (
    DRAWN_ID,
    build_scenario,
    describe_headway,
    file_name,
    one_sentence,
    open_upload,
)
from workbench.app.editing.assumption_panel import FIELD, AssumptionPanel
from workbench.app.editing.route_editor import RouteEditor
from workbench.app.editing.route_fields import values_of
from workbench.app.editing.table import DrawingTable
from workbench.app.pages.page import build_page, map_words
from workbench.app.pages.shelf import Shelf
from workbench.app.rendering import LastCard, render
from workbench.app.results.budget_line import budget_line, read_cap
from workbench.app.results.on_map import show_on_map
from workbench.app.results.painting import describe_zone
from workbench.app.results.preview import Preview
from workbench.app.results.studies import Studies
from workbench.app.results.trip import TripPanel
from workbench.app.state import DraftState
from workbench.errors import InputError, WorkbenchError
from workbench.jobs import SupersededWork, Task
from workbench.network import WINDOWS, Baseline, get_window
from workbench.publish.card import render_card
from workbench.scenario import AddRoute, Edit, Scenario, describe_edit
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
DRAWN = (DRAWN_ID, f"{DRAWN_ID}-back")
"""Both ways of the drawn route."""
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
        self.room = get_room(store, partial(desk.window_task, desk.window.window_id))
        self.queue = desk.new_queue()
        self.card: Scorecard | None = None
        self.preview: Preview | None = None
        self._last_card = LastCard()
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
        self.panel = AssumptionPanel(
            self.room,
            self.state,
            show=self._show_result,
            rescore=lambda: self._rescore(moving=True),
            note=lambda: self.table.note(),
        )
        self.form = Fragment()
        self.result = Fragment()
        self.shelf = Shelf(store, self.state, self._show_routes)
        self._listen()
        self.trip = TripPanel(
            desk, self.map, self._drawn, lambda: get_window(self.state.window_id).service, lambda: self.room.current
        )
        self.table = DrawingTable(
            desk,
            self.map,
            self.state,
            title=self.shelf.suggested_title,
            changed=lambda moving: self._rescore(moving=moving),
            refuse=self._refuse,
            show=self._show_table,
        )
        self.editor = RouteEditor(
            desk,
            self.map,
            edits=lambda: tuple(self.state.opened),
            drawn=lambda: tuple(self.state.line) or tuple(self.state.points),
            change=self._change_today,
            used_line=self._clear_line,
            show=self._show_routes,
        )
        self.map.handlers |= self.editor.picks(self.map.handlers)
        self._show_form()
        self._show_result()
        self.shelf.show()
        pieces = {"map": self.map, "form": self.form, "result": self.result, "shelf": self.shelf.fragment}
        pieces["trip"] = self.trip.fragment
        pieces["editor"] = self.editor.fragment
        self.page = build_page("workbench.html.j2", pieces, city=city, title="Draw a route", current="draw")
        self._poll = pn.state.add_periodic_callback(self._show_preparation, period=POLL_MS, start=False)
        self._watch(desk.preparation)

    def _listen(self) -> None:
        self.map.handlers = {
            "ready": self._show_routes,
            "sketch": lambda sketch: self.table.on_sketch(sketch),
            "stop": lambda act: (self.editor if act.route_id.startswith("today-") else self.table).on_stop(act),
            "ahead": self._on_ahead,
            "metric": self._on_metric,
            "zone": self._on_zone,
            "refused": self._refuse,
        }
        self.form.on_field = self._on_field
        self.form.on_action = self._on_action
        self.form.on_upload = self._on_upload
        self.result.on_action = self._on_action
        self.result.on_field = self._on_field
        self.shelf.fragment.on_action = self._on_action
        self.shelf.fragment.on_field = self._on_field

    # ---- what the person does

    def _on_ahead(self, sketch: Sketch) -> None:
        """Score what the next click would draw, while nothing else is to be done."""
        if len(sketch.points) >= 2 and self.state.stage != "working":
            self._run(partial(self._score_ahead, sketch.points))

    async def _score_ahead(self, points: tuple[Place, ...]) -> None:
        with suppress(WorkbenchError):  # whoever draws it will be told
            scenario = build_scenario(self.state, self.shelf.suggested_title(), points=points)
            await self.desk.score_ahead(scenario, self.state.window_id, self.room.current)

    def _on_field(self, field: str, value: str) -> None:
        if field in ("title", "headway"):
            setattr(self.state, {"title": "title", "headway": "headway_text"}[field], value)
            self.table.note()
            self._show_form()
        elif field == "window":
            return self._choose_window(value)
        elif field.startswith(FIELD):
            return self.panel.change(field.removeprefix(FIELD), value)
        elif field in _TYPED:
            return self._on_typed(_TYPED[field], value)
        elif field.startswith("rename:"):
            return self._guard(lambda: self.shelf.rename(field.removeprefix("rename:"), value))
        return self._rescore()

    def _on_action(self, action: str, value: str) -> None:
        actions: dict[str, Callable[[str], None]] = (
            {
                "headway": lambda minutes: self._on_field("headway", minutes),
                "put-aside": self._put_aside,
                "save": self._save,
                "download": self._download,
                "edit": self._edit_copy,
            }
            | self.table.actions
            | self.shelf.actions
            | self.panel.actions
        )
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
            self._watch(self.desk.window_task(window_id, self.room.current))
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
        self.table.note()
        self._show_form()
        self._rescore()

    def _clear_line(self) -> None:
        """The drawn line became part of a route of today: the table is free for the next one."""
        self.table.clear()
        self._rescore()

    def _on_typed(self, name: str, value: str) -> None:
        setattr(self.state, name, value)
        if name.startswith("cap"):
            self._guard(lambda: read_cap(self.state))
            self._show_result()

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
            scenario = build_scenario(self.state, self.shelf.suggested_title())
            window_id, assumed = self.state.window_id, self.room.current
            exact = asyncio.ensure_future(
                self.desk.score(scenario, self.queue, window_id, assumed, on_wait=self._watch)
            )
            await asyncio.wait({exact}, timeout=PREVIEW_AFTER_S)
            if not exact.done() and not moving:
                with suppress(WorkbenchError):  # what is wrong with the drawing, the exact card says as well
                    preview = await self.desk.preview(scenario, window_id, assumed)
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
        self.state.param.update(stage="empty", error="", route_values={})
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
        self._show_form()
        self._paint(seq)
        self.map.say(f"Exact result. {' '.join(card.headline)}")
        self.trip.refresh()

    def _paint(self, seq: int | None = None) -> None:
        if self.card is not None:
            seq = self.state.seq if seq is None else seq
            show_on_map(self.map, self.desk.city, self.card, self.state.metric, seq=seq)

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
        return build_scenario(self.state, self.shelf.suggested_title()) if self.card is not None else None

    # ---- alternatives

    def _save(self, _value: str) -> None:
        if self.card is None or assumptions_of(self.card.parameters) != self.room.current:
            raise InputError("the exact result is not there yet; wait a moment, then save")
        if self.card.window_id != self.desk.window.window_id:
            raise InputError(
                f"alternatives are kept with their card for {self.desk.window.label}, so that all can be compared: "
                "choose that time, then keep it"
            )
        scenario = build_scenario(self.state, self.shelf.suggested_title())
        saved = save_alternative(self.store, scenario, self.card)
        self.state.param.update(title="", opened=(), removed="")
        self.table.clear()
        self.map.slot = self.shelf.next_number() % N_SLOTS
        self._version += 1
        self.editor.render()
        self._show_nothing()
        self.state.notice = f"Saved as alternative {saved.letter}: {saved.name}. Draw the next one."
        self._show_form()
        self._show_result()
        self.shelf.show()

    def _download(self, _value: str) -> None:
        scenario = build_scenario(self.state, self.shelf.suggested_title())
        name = file_name(scenario.name)
        if scenario.changes_today:  # GeoJSON holds new routes only
            self.form.download(f"{name}.json", json.dumps(scenario.to_json(), indent=2))
        else:
            self.form.download(f"{name}.geojson", json.dumps(scenario.to_geojson(), indent=2))

    def _edit_copy(self, alternative_id: str) -> None:
        found = self.shelf.get(alternative_id)
        self._take_over(Scenario(f"{found.name}, changed", found.scenario.edits))

    def _take_over(self, scenario: Scenario) -> None:
        """Put a scenario on the table: its new route to be drawn on, its changes of today's routes beside it."""
        new = next((edit for edit in scenario.edits if isinstance(edit, AddRoute)), None)
        opened = tuple(edit for edit in scenario.edits if not isinstance(edit, AddRoute))
        headway_text = f"{new.headway_s / 60:g}" if new else self.state.headway_text
        title = scenario.name or (new.name if new else "")
        self.state.param.update(
            title=title,
            headway_text=headway_text,
            route_values=values_of(new) if new else {},
            opened=opened,
            error="",
            notice="",
        )
        self.table.take_route(new)
        self.editor.render()
        self._show_form()
        self._rescore()

    # ---- what is shown

    def _show_routes(self) -> None:
        routes = [route for alternative in self.shelf.on_map() for route in alternative.on_map()]
        drawn: tuple[RouteShape, ...] = ()
        shown_result = self.card or self.preview
        if shown_result is not None:
            drawn = shown_result.shapes
        slot = self.shelf.next_number() % N_SLOTS
        self.map.slot = slot
        routes += [
            RouteOnMap(
                shape.route_id,
                "",
                slot,
                "",
                shape.line,
                shape.stops,
                draft=shape.route_id == DRAWN_ID,
                movable=shape.route_id in DRAWN,
            )
            for shape in drawn
        ]
        self.map.show_routes([*self.editor.on_map(), *routes])

    def _show_table(self) -> None:
        self._show_form()
        self._show_result()
        self._show_routes()
        self.editor.render()

    def _show_form(self) -> None:
        self.form.html = render(
            "form.html.j2",
            state=self.state,
            suggested=self.shelf.suggested_title(),
            meaning=describe_headway(self.state.headway_text),
            windows=WINDOWS,
            changes=[describe_edit(edit, self.desk.city) for edit in self.state.opened],
            ways=self._drawn_shapes(),
        )

    def _drawn_shapes(self) -> list[RouteShape]:
        """Return the drawn route, and its way back where that takes other streets."""
        shown = self.card or self.preview
        return [shape for shape in shown.shapes if shape.route_id in DRAWN] if shown is not None else []

    def _show_result(self) -> None:
        card = ""
        slot = self.shelf.next_number() % N_SLOTS
        color = f"var(--line-{'abcdefgh'[slot]})"
        if self.card is not None:
            panel = self.panel.render(self.card, self.studies.sensitivity(self.card))
            card = self._last_card.render(self.studies.on_card(self.card), color=color, panel=panel)
        elif self.preview is not None:
            card = render_card(self.preview.card, exact=False, color=color, panel=self.panel.render())
        self.result.html = render(
            "result.html.j2",
            state=self.state,
            card=card,
            preparing=self._preparing(),
            studies=self.studies.in_words(self.card),
            budget=budget_line(self.state, self.card or self.preview),
            pending=self.panel.pending(),
            panel="" if card else self.panel.render(),
        )

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
