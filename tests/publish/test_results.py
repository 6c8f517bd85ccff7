"""The classes a map shows."""

import numpy as np
import pytest

from tests.publish.cards import card, city
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.results import ACCESS, MINUTES, build_layers


def labels(layer, step_ix):
    return [layer.steps[ix].label for ix in step_ix]


def test_zones_are_classed_by_change_and_empty_ones_left_blank():
    a_city = city()
    (access, access_ix), (minutes, minutes_ix) = build_layers(card(a_city), build_basemap(a_city))
    # 100 -> 130, 112, 97 people; the last zone has 3 residents.
    assert labels(access, access_ix) == ["10% more, or better"] * 2 + ["1 to 5% fewer", "changes less than 1%"]
    # 2.5, 0.6 and -0.3 minutes.
    assert labels(minutes, minutes_ix) == [
        "2 minutes or more",
        "half a minute to a minute",
        "up to half a minute longer",
        "less than 6 seconds",
    ]


@pytest.mark.parametrize(
    ("after", "label"),
    [
        (101, "1 to 2% more"),
        (100.99, "changes less than 1%"),
        (99.01, "changes less than 1%"),
        (98.9, "1 to 5% fewer"),
        (94, "5% fewer, or worse"),
        (102, "2 to 5% more"),
        (105, "5 to 10% more"),
        (110, "10% more, or better"),
    ],
)
def test_the_limits_are_those_the_labels_say(after, label):
    a_city = city()
    layer, step_ix = build_layers(card(a_city, after=(after, 100, 100, 100)), build_basemap(a_city))[0]
    assert labels(layer, step_ix)[0] == label


def test_who_reached_nobody_before_and_somebody_now_gains_most():
    a_city = city()
    one = card(a_city, after=(5, 0, 100, 100))
    one.zones.access_before[:2] = 0
    _, step_ix = build_layers(one, build_basemap(a_city))[0]
    assert labels(ACCESS, step_ix)[:2] == ["10% more, or better", "changes less than 1%"]


@pytest.mark.parametrize("layer", [ACCESS, MINUTES])
def test_steps_rise_and_only_no_change_is_not_painted(layer):
    assert np.all(np.diff([step.low for step in layer.steps]) > 0)
    blank = [step for step in layer.steps if not step.opacity]
    assert len(blank) == 1
    assert blank[0].low < 0 < layer.steps[layer.steps.index(blank[0]) + 1].low
