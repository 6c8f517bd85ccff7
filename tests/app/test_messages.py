"""What the browser may send: read when it is right, refused in words when it is not."""

from __future__ import annotations

import pytest

from workbench.app.components.fragment import Fragment, Upload
from workbench.app.components.sketch_map import Sketch, SketchMap, read_message
from workbench.errors import InputError

LINE = [[-73.99, 40.7], [-73.98, 40.71]]


def test_a_sketch_is_read() -> None:
    kind, sketch = read_message({"type": "sketch", "seq": 3, "points": LINE, "finished": True})
    assert kind == "sketch"
    assert sketch == Sketch(3, ((-73.99, 40.7), (-73.98, 40.71)), finished=True)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("text", "not a message"),
        ({"type": "format-disk"}, "'format-disk', which is not known"),
        ({"type": "sketch", "seq": 1}, "has no points"),
        ({"type": "sketch", "seq": 1, "points": "abc"}, "has no points"),
        ({"type": "sketch", "seq": 1, "points": [[1, 2, 3]]}, "point 1 of the line is not a longitude and a latitude"),
        ({"type": "sketch", "seq": 1, "points": [LINE[0], [float("nan"), 40]]}, "point 2 of the line"),
        ({"type": "sketch", "seq": 1, "points": [[True, False]]}, "point 1"),
        ({"type": "sketch", "seq": -1, "points": LINE}, "seq is -1"),
        ({"type": "sketch", "seq": 1.5, "points": LINE}, "seq is 1.5"),
        ({"type": "sketch", "seq": 1, "points": LINE[:1] * 10_000}, "10,000 points, at most 5,000"),
        ({"type": "zone", "zone_ix": "0"}, "zone_ix is '0'"),
        ({"type": "zone", "zone_ix": -5}, "zone_ix is -5"),
        ({"type": "metric", "metric": "money"}, "'money', must be one of access, minutes, walk"),
    ],
)
def test_anything_else_is_refused_in_words(message: object, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read_message(message)
    assert words in str(refused.value)


def test_the_map_hands_a_refusal_to_its_page_and_nothing_else() -> None:
    calls: list[tuple[str, object]] = []
    sketch_map = SketchMap()
    for name in ("sketch", "zone", "refused"):
        sketch_map.handlers[name] = lambda value, name=name: calls.append((name, value))
    sketch_map._handle_msg({"type": "zone", "zone_ix": 7})
    sketch_map._handle_msg({"type": "sketch", "seq": 1, "points": None})
    assert calls[0] == ("zone", 7)
    assert calls[1][0] == "refused"
    assert len(calls) == 2


def test_a_fragment_passes_on_text_only_and_cuts_it() -> None:
    actions: list[tuple[str, str]] = []
    uploads: list[Upload] = []
    fragment = Fragment()
    fragment.on_action = lambda action, value: actions.append((action, value))
    fragment.on_upload = uploads.append
    fragment._handle_msg({"type": "action", "action": "save", "value": "x" * 10_000})
    fragment._handle_msg({"type": "action", "action": ["save"], "value": 3})
    fragment._handle_msg({"type": "field", "field": "title", "value": "ignored: nobody listens"})
    fragment._handle_msg("nonsense")
    fragment._handle_msg({"type": "upload", "name": "a.json", "size": 2_000_000, "text": ""})
    assert actions == [("save", "x" * 500), ("", "")]
    assert uploads == [Upload("a.json", 2_000_000, "")]
