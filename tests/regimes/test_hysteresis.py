"""Hysteresis by hand and by a plain machine; what is known never depends on the history before."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes.hysteresis import held_state

NAN = math.nan


def held(distance: list[float], band: float = 2, inner: float = 1) -> list[float]:
    x = pd.Series(distance, dtype=float)
    return held_state(x > band, x < -band, x > inner, x < -inner, x.notna()).tolist()


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        ([3, 1.5, 1, 1.5, 2, 2.1], [1, 1, 0, 0, 0, 1]),  # at a band is not beyond it
        ([-3, -1.5, -1, -1.5, -2.1], [-1, -1, 0, 0, -1]),
        ([3, -1.5, 1.5, -3, 1.5], [1, 0, 0, -1, 0]),  # across the middle the state is left
        ([1.5, 1.2, 3, 1.2], [NAN, NAN, 1, 1]),  # only an earlier row could tell
        ([1.5, -1.5, 1.5, 0], [NAN, 0, 0, 0]),
        ([0, 1.5, 3], [0, 0, 1]),
        ([3, NAN, 1.5, 0, 1.5], [1, NAN, NAN, 0, 0]),  # a missing price is unknown, and forgets
        ([NAN, NAN, -3, -1.5], [NAN, NAN, -1, -1]),
        ([], []),
    ],
)
def test_by_hand(distance: list[float], expected: list[float]) -> None:
    assert np.array_equal(held(distance), expected, equal_nan=True)


def test_it_is_a_plain_machine_and_a_later_beginning_agrees() -> None:
    rng = np.random.default_rng(4)
    walk = np.cumsum(rng.normal(0, 0.6, 900))
    walk -= pd.Series(walk).rolling(40, min_periods=1).mean().to_numpy()
    state, expected = 0.0, []
    for x in walk:
        if abs(x) > 2:
            state = math.copysign(1.0, x)
        elif not x * state > 1:
            state = 0.0
        expected.append(state)
    got = np.array(held(list(walk)))
    known = ~np.isnan(got)
    assert known.mean() > 0.98 and (got[known] == np.array(expected)[known]).all()
    assert (got[known] != np.array(held(list(walk), inner=2))[known]).any()
    for first in range(1, 400, 7):
        later = np.array(held(list(walk[first:])))
        seen = ~np.isnan(later)
        assert (later[seen] == got[first:][seen]).all() and seen[100:].all()
