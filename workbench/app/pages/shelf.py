"""The alternatives that were kept: shown, hidden, renamed, removed and brought back; each with its letter for ever."""

from __future__ import annotations

from collections.abc import Callable

from workbench.app.alternatives import SavedAlternative, letter_of, list_alternatives
from workbench.app.components import Fragment
from workbench.app.rendering import render
from workbench.app.state import DraftState
from workbench.errors import InputError
from workbench.storage import Store

__all__ = ["Shelf"]


class Shelf:
    """One session's view of the kept alternatives; `changed` is called when what stands on the map is to be drawn anew."""

    def __init__(self, store: Store, state: DraftState, changed: Callable[[], None]) -> None:
        self.store, self.state = store, state
        self.fragment = Fragment()
        self._changed = changed

    @property
    def actions(self) -> dict[str, Callable[[str], None]]:
        """What its buttons do, but for taking a copy to the table; each may raise a `WorkbenchError`."""
        return {
            "toggle": self._toggle,
            "start-rename": self._start_rename,
            "remove": self._remove,
            "restore": self._restore,
        }

    def rename(self, alternative_id: str, name: str) -> None:
        """Give an alternative the name that was typed; raises `InputError` if it is none."""
        self.state.renaming = ""
        try:
            self.store.alternatives.rename(alternative_id, name)
        finally:
            self.show()

    def get(self, alternative_id: str) -> SavedAlternative:
        """Return one; raises `InputError` if it is no longer there."""
        for found in list_alternatives(self.store):
            if found.alternative_id == alternative_id:
                return found
        raise InputError("this alternative is no longer there")

    def on_map(self) -> tuple[SavedAlternative, ...]:
        """Return those that are not hidden."""
        return tuple(one for one in list_alternatives(self.store) if one.alternative_id not in self.state.hidden)

    def next_number(self) -> int:
        """Return the number of the next one to be kept, 0 for the first: it gives letter and colour."""
        kept = [int(kept.alternative_id.removeprefix("a")) for kept in self.store.alternatives.list()]
        return max(kept, default=0)

    def suggested_title(self) -> str:
        """Return what the next one is called as long as nobody has named it."""
        return f"Route {letter_of(self.next_number())}"

    def show(self) -> None:
        """Show the shelf anew."""
        self.fragment.html = render("shelf.html.j2", state=self.state, alternatives=list_alternatives(self.store))

    def _toggle(self, alternative_id: str) -> None:
        hidden = self.state.hidden
        is_hidden = alternative_id in hidden
        self.state.hidden = (
            tuple(one for one in hidden if one != alternative_id) if is_hidden else (*hidden, alternative_id)
        )
        self._changed()
        self.show()

    def _start_rename(self, alternative_id: str) -> None:
        self.state.renaming = alternative_id
        self.show()

    def _remove(self, alternative_id: str) -> None:
        self.store.alternatives.remove(alternative_id)
        self.state.removed = alternative_id
        self._changed()
        self.show()

    def _restore(self, alternative_id: str) -> None:
        self.store.alternatives.restore(alternative_id)
        self.state.removed = ""
        self._changed()
        self.show()
