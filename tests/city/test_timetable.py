from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.scenes import GridCity
from workbench.city.timetable import Timetable, pack_timetable, text_array, texts, unpack_timetable


def same(a: Timetable, b: Timetable) -> bool:
    for field in dataclasses.fields(Timetable):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if isinstance(left, np.ndarray):
            if left.dtype != right.dtype or not np.array_equal(left, right):
                return False
        elif left != right:
            return False
    return True


def random_timetable(seed: int) -> Timetable:
    rng = np.random.default_rng(seed)
    scene = GridCity()
    for n in range(12):
        scene.stop(f"S{n}", n, n % 3)
    for route in range(6):
        stops = [f"S{n}" for n in rng.permutation(12)[: rng.integers(2, 9)]]
        scene.route(
            f"R{route}",
            stops,
            first_s=int(rng.integers(-80_000, 90_000)),
            headway_s=int(rng.integers(0, 1800)),
            n_trips=int(rng.integers(1, 30)),
            hop_s=[int(hop) for hop in rng.integers(0, 900, len(stops) - 1)],
            dwell_s=int(rng.integers(0, 40)),
            direction=int(rng.integers(2)),
        )
    return scene.city().load_timetable("weekday")


@pytest.mark.parametrize("seed", range(20))
def test_pack_then_unpack_is_the_identity(seed: int) -> None:
    timetable = random_timetable(seed)
    assert same(unpack_timetable(pack_timetable(timetable)), timetable)


def test_trips_that_run_alike_share_a_profile() -> None:
    scene = GridCity().stop("A", 0, 0).stop("B", 5, 0)
    scene.route("R", "A B", first_s=0, headway_s=600, n_trips=50, hop_s=120)
    packed = pack_timetable(scene.city().load_timetable("weekday"))
    assert packed["pattern_n_profiles"].tolist() == [1]
    assert len(packed["profile_hop_s"]) == 2


def test_texts_survive() -> None:
    words = ["", "Ñandú 日本", "a,b", 'say "hi"', " "]
    assert texts(text_array(words)) == words
    assert texts(text_array([])) == []
    assert texts(text_array(["two\nlines"])) == ["two lines"]
