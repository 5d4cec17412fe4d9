"""State and probabilities by the distance inside a band, by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes.band import band_regime, reach
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS

NAN = math.nan
DISTANCE = pd.Series([0.05, 0.02, 0.01, 0.0, -0.005, -0.03, NAN], index=range(3, 10))


def rows(frame: pd.DataFrame) -> list[list[float]]:
    assert tuple(frame) == REGIME_COLUMNS and frame.index.equals(DISTANCE.index)
    return frame.to_numpy().tolist()


def test_a_hard_band_is_all_or_nothing() -> None:
    bull, side, bear = [1, 1, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 1]
    expected = [bull, side, side, side, side, bear, [NAN] * 4]
    got = rows(band_regime(DISTANCE, 0.02, None, soft=False))
    assert np.array_equal(got, expected, equal_nan=True)
    held = rows(band_regime(DISTANCE, 0.02, 0.0, soft=False))
    assert held[:4] == [bull, bull, bull, side]


def test_a_soft_one_grows_with_the_distance_and_keeps_the_state() -> None:
    expected = [
        [1, 1, 0, 0],
        [0, 1, 0, 0],  # at the band all is bull, beyond it the state is
        [0, 0.5, 0.5, 0],
        [0, 0, 1, 0],
        [0, 0, 0.75, 0.25],
        [-1, 0, 0, 1],
        [NAN] * 4,
    ]
    got = rows(band_regime(DISTANCE, 0.02, None, soft=True))
    assert np.allclose(got, expected, equal_nan=True, atol=1e-12)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1e-12, 1.0, NAN])
def test_without_band_it_is_a_step(value: float) -> None:
    got = reach(pd.Series([value]), 0.0)[0]
    assert math.isnan(got) if math.isnan(value) else got == float(value > 0)
