"""Volume by hand and by plain loops, untraded candles, and volumes long gone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.volume import volume_features
from tests.random_candles import random_candles


def traded(volume: list[float], moves: list[float]) -> pd.DataFrame:
    """Candles that open at 10 and close that much higher."""
    opened = np.full(len(volume), 10.0)
    return pd.DataFrame({"open": opened, "close": opened + moves, "volume": volume})


def test_numbers_by_hand() -> None:
    got = volume_features(traded([1, 3, 4, 0, 0, 0], [1, -1, 0, 2, 2, 2]), 2)
    assert got["volume"].tolist()[1:3] == pytest.approx([math.log(3 / 2), math.log(4 / 3.5)])
    assert got["volume"].isna().tolist() == [True, False, False, True, True, True]
    # (1 - 3) / 4, then the candle that went nowhere counts on no side: -3 / 7, 0 / 4
    assert got["volume_imbalance"].tolist()[1:4] == pytest.approx([-0.5, -3 / 7, 0])
    assert got["volume_imbalance"].isna().tolist() == [True, False, False, False, True, True]


@pytest.mark.parametrize("period", [1, 2, 7, 30])
def test_values_are_those_of_plain_loops(period: int) -> None:
    candles = random_candles(100, seed=8)
    got = volume_features(candles, period)
    for row in range(100):
        window = candles.iloc[max(0, row - period + 1) : row + 1]
        total = window["volume"].sum()
        if row < period - 1 or total == 0:
            assert math.isnan(got["volume_imbalance"][row])
            continue
        up = window.loc[window["close"] > window["open"], "volume"].sum()
        down = window.loc[window["close"] < window["open"], "volume"].sum()
        assert got["volume_imbalance"][row] == pytest.approx((up - down) / total, abs=1e-12)
        now = candles["volume"][row]
        expected = math.log(now * period / total) if now else math.nan
        assert got["volume"][row] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("seed", range(8))
def test_volumes_long_gone_leave_no_rounding_behind(seed: int) -> None:
    """A running sum would: after large volumes it is not zero when nothing is traded."""
    rng = np.random.default_rng(seed)
    volume = np.r_[rng.lognormal(20, 3, 100), np.zeros(40), rng.lognormal(-15, 1, 40)]
    moves = rng.normal(0, 1, 180)
    got = volume_features(traded(list(volume), list(moves)), 10)
    quiet, thin = slice(109, 140), slice(150, 180)
    assert got["volume"][quiet].isna().all() and got["volume_imbalance"][quiet].isna().all()
    assert got["volume_imbalance"].abs().max() <= 1 + 1e-12
    alone = volume_features(traded(list(volume[140:]), list(moves[140:])), 10)
    for name in got:
        assert np.allclose(got[name][thin], alone[name][10:], rtol=1e-12)


def test_all_on_one_side_is_one() -> None:
    up = volume_features(traded([1e-9, 7, 1e12, 3], [1, 1, 1, 1]), 3)["volume_imbalance"]
    assert up.tolist()[2:] == [1.0, 1.0]


def test_scale_and_kind_of_number_make_no_difference() -> None:
    candles = random_candles(60).assign(volume=lambda frame: frame["volume"].round())
    expected = volume_features(candles, 5)
    for other in (candles.assign(volume=candles["volume"].astype(int)), candles):
        scale = 1 if other is not candles else 1e9
        got = volume_features(other.assign(volume=other["volume"] * scale), 5)
        for name in expected:
            assert np.allclose(got[name], expected[name], atol=1e-12, equal_nan=True)


def test_too_few_rows_know_nothing() -> None:
    for rows in (0, 1, 9):
        got = volume_features(random_candles(9).iloc[:rows], 10)
        assert all(len(values) == rows and values.isna().all() for values in got.values())
