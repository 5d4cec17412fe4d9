"""Spread estimators: planted spreads are found, the papers' formulas one row at a time agree."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.risk.spread import ESTIMATORS, abdi_ranaldo, corwin_schultz
from tests.random_candles import random_candles


def bouncing(spread: float, candles: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Candles of 60 trades each around a walk of the middle, half at the bid, half at the ask."""
    random = np.random.default_rng(seed)
    middle = 100 * np.exp(np.cumsum(random.normal(0, 0.0004, candles * 60)))
    side = random.choice([-1, 1], candles * 60)
    price = (middle * (1 + side * spread / 2)).reshape(candles, 60)
    return pd.DataFrame(
        {
            "open": price[:, 0],
            "high": price.max(axis=1),
            "low": price.min(axis=1),
            "close": price[:, -1],
        }
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_planted_spread_is_found_and_a_wider_one_is_wider(name: str) -> None:
    found = [ESTIMATORS[name](bouncing(spread), 2000).iloc[-1] for spread in (0.002, 0.01)]
    assert found[0] == pytest.approx(0.002, abs=0.0008)
    assert found[1] == pytest.approx(0.01, rel=0.25)


def test_corwin_and_schultz_by_their_formulas_one_row_at_a_time() -> None:
    candles = random_candles(30, seed=2)
    high, low = candles["high"].tolist(), candles["low"].tolist()

    def two_day(t: int) -> float:
        beta = math.log(high[t] / low[t]) ** 2 + math.log(high[t - 1] / low[t - 1]) ** 2
        gamma = math.log(max(high[t], high[t - 1]) / min(low[t], low[t - 1])) ** 2
        k = 3 - 2 * math.sqrt(2)
        alpha = (math.sqrt(2 * beta) - math.sqrt(beta)) / k - math.sqrt(gamma / k)
        return max(0.0, 2 * (math.exp(alpha) - 1) / (1 + math.exp(alpha)))

    got = corwin_schultz(candles, 5)
    assert got[:5].isna().all()
    for t in range(5, 30):
        assert got[t] == pytest.approx(sum(two_day(t - k) for k in range(5)) / 5, rel=1e-9)


def test_abdi_and_ranaldo_by_their_formula_one_row_at_a_time() -> None:
    candles = random_candles(30, seed=2)
    middle = [math.log(product) / 2 for product in candles["high"] * candles["low"]]
    close = [math.log(c) for c in candles["close"]]
    got = abdi_ranaldo(candles, 5)
    assert got[:5].isna().all()
    for t in range(5, 30):
        products = [
            4 * (close[s - 1] - middle[s - 1]) * (close[s - 1] - middle[s])
            for s in range(t - 4, t + 1)
        ]
        expected = math.sqrt(max(0.0, sum(products) / 5))
        assert got[t] == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_later_candles_change_nothing(name: str) -> None:
    candles = random_candles(120, seed=5)
    whole = ESTIMATORS[name](candles, 20)
    for end in (21, 60, 119):
        assert ESTIMATORS[name](candles[:end], 20).iloc[-1] == whole.iloc[end - 1]
        assert ESTIMATORS[name](candles[end - 21 : end], 20).iloc[-1] == whole.iloc[end - 1]
