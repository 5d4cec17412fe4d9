"""Step ``rank``: against counting by hand, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.signal_sets import rank


def ranked(values: list[float], window: int) -> list[float]:
    own = rank.Options(generator="rank", column="x", name="r", window_candles=window)
    return [float(value) for value in rank.compute(pd.DataFrame({"x": values}), own)["r"]]


def by_hand(values: list[float], row: int, window: int) -> float:
    known = [v for v in values[max(0, row - window + 1) : row + 1] if not np.isnan(v)]
    if np.isnan(values[row]) or len(known) < max(2, window // 2):
        return float("nan")
    below = sum(v < values[row] for v in known)
    above = sum(v > values[row] for v in known)
    return (below - above) / (len(known) - 1)


@pytest.mark.parametrize("window", [2, 5, 24])
def test_against_counting(window: int) -> None:
    rng = np.random.default_rng(window)
    values = np.round(rng.normal(size=120), 1)
    values[rng.random(120) < 0.15] = np.nan
    got = ranked(values.tolist(), window)
    expected = [by_hand(values.tolist(), row, window) for row in range(120)]
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_the_ends_and_the_middle() -> None:
    assert ranked([1.0, 2.0, 3.0], 3)[1:] == [1.0, 1.0]
    assert ranked([3.0, 2.0, 1.0], 3)[1:] == [-1.0, -1.0]
    assert ranked([1.0, 1.0, 1.0, 1.0], 3)[2:] == [0.0, 0.0]
    assert ranked([1.0, 3.0, 2.0], 3)[2] == 0.0
