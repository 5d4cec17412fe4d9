"""Windows in relation to each other: by hand, and by the formulas that a comment here spells out.

The stored values of ITB for every base, function, percentage and logarithm are in
test_talib_function.py, which is where ITB's own vectors come from.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from freqai_regimes.features.relative import (
    RelativeOptions,
    base_positions,
    keeps_unit,
    relative,
)

OUTPUTS = [np.array([6.0, 2.0]), np.array([3.0, 4.0]), np.array([12.0, 8.0])]


def related(**options: Any) -> list[list[float]]:
    return [list(values) for values in relative(OUTPUTS, RelativeOptions(**options))]


def test_without_options_nothing_changes() -> None:
    assert related() == [[6, 2], [3, 4], [12, 8]]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("next", [[2, 0.5], [0.25, 0.5], [12, 8]]),
        ("prev", [[6, 2], [0.5, 2], [4, 2]]),
        ("last", [[0.5, 0.25], [0.25, 0.5], [12, 8]]),
        ("first", [[6, 2], [0.5, 2], [2, 4]]),
    ],
)
def test_each_base_by_hand(base: str, expected: list[list[float]]) -> None:
    assert related(rel_base=base, rel_func="rel") == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("rel", [[2, 0.5], [0.25, 0.5]]),
        ("diff", [[3, -2], [-9, -4]]),
        ("rel_diff", [[1, -0.5], [-0.75, -0.5]]),
    ],
)
def test_each_function_by_hand(function: str, expected: list[list[float]]) -> None:
    assert related(rel_base="next", rel_func=function)[:2] == expected


def test_percentage_is_for_all_outputs_and_the_logarithm_comes_last() -> None:
    percent = related(rel_base="next", rel_func="rel", percentage=True)
    assert percent == [[200, 50], [25, 50], [1200, 800]]
    both = related(rel_base="next", rel_func="rel", percentage=True, log=True)
    assert both[0] == pytest.approx([math.log(200), math.log(50)])
    assert both[2] == pytest.approx([math.log(1200), math.log(800)])


def test_what_has_no_value_is_missing_and_never_infinite() -> None:
    outputs = [np.array([1.0, 1.0, np.nan, -1.0]), np.array([0.0, np.nan, 2.0, 1.0])]
    for function in ("rel", "rel_diff"):
        options = RelativeOptions(rel_base="next", rel_func=function)
        assert np.isnan(relative(outputs, options)[0]).tolist() == [True, True, True, False]
    logs = relative(outputs, RelativeOptions(log=True))
    assert np.isnan(logs[0]).tolist() == [False, False, True, True]
    assert np.isnan(logs[1]).tolist() == [True, True, False, False]


def test_the_outputs_are_left_alone() -> None:
    before = [values.copy() for values in OUTPUTS]
    related(rel_base="last", rel_func="diff", percentage=True, log=True)
    assert all((a == b).all() for a, b in zip(before, OUTPUTS, strict=True))


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, [None, None, None]),
        ("next", [1, 2, None]),
        ("prev", [None, 0, 1]),
        ("last", [2, 2, None]),
        ("first", [None, 0, 0]),
    ],
)
def test_which_window_is_whose_base(base: str | None, expected: list[int | None]) -> None:
    options = RelativeOptions(rel_base=base, rel_func=base and "rel")
    assert base_positions(3, options) == expected
    assert base_positions(1, options) == [None]
    assert keeps_unit(3, options) == [position is None for position in expected]
    difference = RelativeOptions(rel_base=base, rel_func=base and "diff")
    assert keeps_unit(3, difference) == [True] * 3


@pytest.mark.parametrize("half", [{"rel_base": "next"}, {"rel_func": "diff"}])
def test_half_a_relation_is_refused(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="set both, as in next and rel_diff, or neither"):
        RelativeOptions(**half)


def test_an_unknown_base_is_refused() -> None:
    with pytest.raises(ValidationError, match="'next', 'prev', 'last' or 'first'"):
        RelativeOptions(rel_base="middle", rel_func="rel")
