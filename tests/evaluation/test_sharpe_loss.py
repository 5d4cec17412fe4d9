"""The loss orders as it should, and is the deflated ratio in other units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from freqai_regimes.evaluation.daily_returns import daily_returns
from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    variance_by_chance,
)
from freqai_regimes.evaluation.sharpe_loss import deflated_sharpe_loss

FIRST, LAST = (pd.Timestamp(day, tz="UTC") for day in ("2024-01-01", "2024-04-09"))
DAYS = pd.date_range(FIRST, LAST)


def trades(mean: float, spread: float = 10.0) -> pd.DataFrame:
    profit = np.random.default_rng(4).normal(0, spread, len(DAYS))
    return pd.DataFrame({"close_date": DAYS, "profit_abs": profit - profit.mean() + mean})


def loss(mean: float, epochs: int = 100, **given: float) -> float:
    return deflated_sharpe_loss(trades(mean), FIRST, LAST, 10_000.0, epochs, **given)


def test_its_normal_probability_is_the_deflated_ratio() -> None:
    days = daily_returns(*(trades(3)[c] for c in ("close_date", "profit_abs")), FIRST, LAST, 10_000)
    sample = SharpeSample.of(days)
    by_chance = deflated_sharpe_ratio(sample, 100, variance_by_chance(len(DAYS)))
    assert norm.cdf(-loss(3)) == pytest.approx(by_chance)
    assert norm.cdf(-loss(3, variance=0.01)) == pytest.approx(
        deflated_sharpe_ratio(sample, 100, 0.01)
    )


def test_better_is_lower_and_more_epochs_ask_for_more() -> None:
    assert loss(4) < loss(2) < loss(0) < loss(-2)
    assert loss(2, epochs=1) < loss(2, epochs=10) < loss(2, epochs=1000)
    assert loss(2, variance=0.001) < loss(2, variance=0.1)
    assert loss(0, epochs=1) == pytest.approx(0, abs=0.05)
