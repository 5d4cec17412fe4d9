"""Degradation: losses beside the naive model, changes in losses, and trades."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.model_life.degradation import (
    DegradationOptions,
    losses_against_naive,
    losses_over_time,
    sharpe_of_trades,
)
from freqai_regimes.model_life.promotion_gate import GateRows

OPTIONS = DegradationOptions()


def outcomes(scale: float, count: int = 300) -> GateRows:
    """Predictions of so many times noise, against outcomes that they do not know."""
    rng = np.random.default_rng(0)
    date = np.datetime64("2024-01-01", "ns") + np.arange(count) * np.timedelta64(1, "h")
    label = rng.normal(size=count)
    return GateRows(date, label, scale * rng.normal(size=count), None, 0.0)


def test_wild_predictions_raise_the_alarm_and_small_ones_do_not() -> None:
    wild = losses_against_naive(outcomes(1.0), 3, OPTIONS)
    assert wild.alarm and wild.reason.startswith("loss ")
    assert not losses_against_naive(outcomes(0.01), 3, OPTIONS).alarm
    off = DegradationOptions(level=None)
    assert not losses_against_naive(outcomes(1.0), 3, off).alarm


def test_few_outcomes_are_no_verdict() -> None:
    few = losses_against_naive(outcomes(1.0, 30), 3, OPTIONS)
    assert (few.alarm, few.reason) == (False, "10 outcomes that do not overlap, 20 needed")


@pytest.mark.parametrize("name", ["adwin", "page_hinkley", "kswin"])
def test_detectors_see_losses_rise_but_do_not_mind_that_they_fall(name: str) -> None:
    rng = np.random.default_rng(1)
    low, high = rng.normal(1, 0.2, 300) ** 2, rng.normal(10, 0.2, 300) ** 2
    options = DegradationOptions.model_validate({"detector": name})
    assert losses_over_time(np.concatenate([low, high]), options).alarm
    assert not losses_over_time(np.concatenate([high, low]), options).alarm
    assert not losses_over_time(low, options).alarm
    silent = losses_over_time(np.concatenate([low, high]), OPTIONS)
    assert (silent.alarm, silent.reason) == (False, "none: no change in 600 losses")


def test_sharpe_of_trades_by_hand() -> None:
    options = DegradationOptions(minimum_sharpe=0.4, sharpe_days=4, sharpe_minimum_trades=3)
    profits, days = np.array([0.01, 0.02, -0.01]), np.array([0, 1, 1])
    daily = np.array([0.01, 0.01, 0.0, 0.0])
    ratio = daily.mean() / daily.std(ddof=1) * np.sqrt(365)
    good = sharpe_of_trades(profits, days, options)
    assert (good.alarm, good.reason) == (False, f"Sharpe ratio {ratio:.2f}, alarm below 0.4")
    assert sharpe_of_trades(-profits, days, options).alarm


def test_no_trades_are_not_a_bad_sharpe_ratio() -> None:
    options = DegradationOptions(minimum_sharpe=0.4)
    none = sharpe_of_trades(np.empty(0), np.empty(0, dtype=int), options)
    assert (none.alarm, none.reason) == (False, "0 trades, 10 needed")
    assert not sharpe_of_trades(np.full(20, -0.1), np.zeros(20, dtype=int), OPTIONS).alarm
