"""Grace period and dwell by hand and by plain loops over random states."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes.transition import confirmed_regime, dwelling_regime

NAN = math.nan


def confirmed(state: list[float], candles: int) -> list[float]:
    return confirmed_regime(pd.Series(state, dtype=float), candles).tolist()


@pytest.mark.parametrize(
    ("state", "candles", "expected"),
    [
        ([1, 1, 1, 0, 1, 1], 2, [NAN, 1, 1, 1, 1, 1]),  # a single other one is not seen
        ([1, 1, 0, 0, 0, -1], 2, [NAN, 1, 1, 0, 0, 0]),
        ([1, 0, -1, 1, 0, -1], 2, [NAN] * 6),  # none ever lasts
        ([1, 1, 1, -1, -1, -1], 3, [NAN, NAN, 1, 1, 1, -1]),
        ([1, 0, -1], 1, [1, 0, -1]),
        ([NAN, NAN, NAN, 1, 1], 2, [NAN, NAN, NAN, NAN, 1]),  # unknown never confirms
        ([1, 1, NAN, 1, 1], 2, [NAN, 1, 1, 1, 1]),  # unknown keeps the last
        ([0, 0, 1, NAN, 1, 1], 2, [NAN, 0, 0, 0, 0, 1]),  # but breaks a run
        ([1, NAN, 0], 1, [1, 1, 0]),
        ([NAN, 1], 1, [NAN, 1]),
        ([1], 1, [1]),
        ([1], 2, [NAN]),
        ([], 3, []),
        ([NAN, NAN], 1, [NAN, NAN]),
    ],
)
def test_by_hand(state: list[float], candles: int, expected: list[float]) -> None:
    assert np.array_equal(confirmed(state, candles), expected, equal_nan=True)


@pytest.mark.parametrize("candles", [1, 2, 3, 7])
def test_it_is_a_plain_loop(candles: int) -> None:
    rng = np.random.default_rng(candles)
    state = np.repeat(rng.choice([1.0, 0.0, -1.0, NAN], 120), rng.integers(1, 6, 120)).tolist()
    expected, last, run = [], NAN, 0
    for row, now in enumerate(state):
        run = run + 1 if row and now == state[row - 1] else 1
        if run >= candles and not math.isnan(now):
            last = now
        expected.append(last)
    assert np.array_equal(confirmed(state, candles), expected, equal_nan=True)


def test_rows_keep_their_index() -> None:
    state = pd.Series([1.0, 1.0, 0.0], index=[30, 10, 20])
    assert confirmed_regime(state, 2).index.tolist() == [30, 10, 20]


def test_a_shorter_history_agrees_from_its_first_known_row_on() -> None:
    rng = np.random.default_rng(0)
    state = np.repeat(rng.choice([1.0, 0.0, -1.0], 80), rng.integers(1, 9, 80)).tolist()
    whole = confirmed(state, 4)
    for first in range(1, 100):
        later = np.array(confirmed(state[first:], 4))
        known = ~np.isnan(later)
        assert known.any() and (later[known] == np.array(whole[first:])[known]).all()


# --- dwell ---------------------------------------------------------------------------------------


def dwelling(state: list[float], candles: int) -> list[float]:
    return dwelling_regime(pd.Series(state, dtype=float), candles).tolist()


@pytest.mark.parametrize(
    ("state", "candles", "expected"),
    [
        ([1, 0, -1, NAN, 1], 1, [1, 0, -1, -1, 1]),
        ([1, 1, 1, 0, 1, -1, -1, -1], 2, [NAN, NAN, 1, 0, 0, -1, -1, -1]),
        ([0] * 5 + [1, -1, -1, 0, 0, 0], 3, [NAN] * 4 + [0, 1, 1, 1, 0, 0, 0]),
        ([1, 0, 1, 0, 1, 0], 2, [NAN] * 6),  # nothing ever tells where a dwell began
        ([], 4, []),
    ],
)
def test_a_dwell_by_hand(state: list[float], candles: int, expected: list[float]) -> None:
    assert np.array_equal(dwelling(state, candles), expected, equal_nan=True)


@pytest.mark.parametrize("candles", [1, 2, 3, 6])
def test_a_dwell_is_the_same_whatever_came_before(candles: int) -> None:
    """Machines that begin with any state and any clock agree wherever the state is known."""
    rng = np.random.default_rng(candles)
    state = np.repeat(rng.choice([1.0, 0.0, -1.0], 150), rng.integers(1, 14, 150)).tolist()
    got = np.array(dwelling(state, candles))
    known = ~np.isnan(got)
    assert known[len(state) // 3 :].all()
    for begin in (1.0, 0.0, -1.0):
        for clock in range(candles):
            held, entered, machine = begin, -clock - 1, []
            for row, now in enumerate(state):
                if now != held and row - entered >= candles:
                    held, entered = now, row
                machine.append(held)
            assert (np.array(machine)[known] == got[known]).all()
    runs = np.diff(np.flatnonzero(np.diff(got[known], prepend=9, append=9)))[1:-1]
    assert runs.min() >= candles
    for first in range(1, 300, 11):
        later = np.array(dwelling(state[first:], candles))
        seen = ~np.isnan(later)
        assert (later[seen] == got[first:][seen]).all()
