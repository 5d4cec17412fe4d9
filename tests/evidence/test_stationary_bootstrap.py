"""Intervals, against the package arch 8.0.0 and against properties that the paper states."""

from __future__ import annotations

import math

import numpy as np
import pytest

from freqai_regimes.evidence import stationary_bootstrap
from freqai_regimes.evidence.stationary_bootstrap import (
    annual_sharpe,
    bootstrap_intervals,
    bootstrap_rows,
    greatest_drawdown,
    sharpe_difference,
)
from tests.evidence.known_series import autoregression, by_day


def test_intervals_are_those_of_another_implementation(monkeypatch: pytest.MonkeyPatch) -> None:
    # StationaryBootstrap(4, y).conf_int(..., 20000, method="percentile") of arch
    monkeypatch.setattr(stationary_bootstrap, "mean_block_length", lambda _: 4.0)
    found = bootstrap_intervals(by_day(autoregression(0.3, 500) * 0.01 + 0.001), draws=10_000)
    assert found.sharpe.value == pytest.approx(1.5385837315156385)
    assert found.drawdown.value == pytest.approx(0.13542241190826287)
    assert (found.sharpe.low, found.sharpe.high) == pytest.approx((-0.484, 3.567), abs=0.08)
    assert (found.drawdown.low, found.drawdown.high) == pytest.approx((0.102, 0.362), abs=0.008)


def test_rows_follow_each_other_except_where_a_block_begins() -> None:
    rows = bootstrap_rows(50, 4000, 5.0, np.random.default_rng(3))
    assert rows.shape == (4000, 50)
    follows = (rows[:, 1:] - rows[:, :-1]) % 50 == 1
    # a new block lands on the next row by chance once in 50
    assert follows.mean() == pytest.approx(0.8 + 0.2 / 50, abs=0.005)
    assert np.bincount(rows.ravel(), minlength=50) / rows.size == pytest.approx(1 / 50, rel=0.05)


def test_figures_by_hand() -> None:
    returns = np.array([[0.1, -0.5, 0.2], [-0.1, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert greatest_drawdown(returns) == pytest.approx([0.5, 0.1, 0.0])
    expected = (-0.2 / 3) / np.std([0.1, -0.5, 0.2], ddof=1) * math.sqrt(365)
    assert annual_sharpe(returns) == pytest.approx(
        [expected, (-0.1 / 3) / np.std([-0.1, 0, 0], ddof=1) * math.sqrt(365), 0.0]
    )


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    inside = 0
    generator = np.random.default_rng(11)
    for _ in range(60):
        days = 0.001 + 0.02 * generator.standard_normal(300)
        found = bootstrap_intervals(by_day(days), draws=250).sharpe
        inside += found.low <= 0.05 * math.sqrt(365) <= found.high
    assert 51 <= inside <= 60


def test_days_are_paired_in_a_difference_so_what_both_share_drops_out() -> None:
    generator = np.random.default_rng(5)
    market = generator.standard_normal(600) * 0.03
    own = generator.standard_normal((2, 600)) * 0.001
    plain, better = by_day(market + own[0]), by_day(market + own[1] + 0.001)
    found = sharpe_difference(better, plain)
    assert found.difference.low > 0
    assert found.p_two_sided < 0.05
    assert "differs from 0" in found.reason
    alone = bootstrap_intervals(better).sharpe
    assert found.difference.high - found.difference.low < (alone.high - alone.low) / 3


def test_an_arm_beside_itself_differs_by_nothing() -> None:
    days = by_day(autoregression(0.2, 100) * 0.01)
    found = sharpe_difference(days, days.iloc[10:])
    assert (found.difference.value, found.p_two_sided) == (0.0, 1.0)
    assert "may be chance" in found.reason


def test_too_few_days_have_no_interval_and_say_so() -> None:
    few = by_day([0.1, -0.1])
    assert math.isnan(bootstrap_intervals(few).sharpe.low)
    assert "2 days; 20 are needed" in bootstrap_intervals(few).reason
    assert "2 days in common" in sharpe_difference(few, few).reason


def test_the_same_seed_gives_the_same_interval() -> None:
    days = by_day(autoregression(0.0, 50) * 0.01)
    assert bootstrap_intervals(days, seed=4) == bootstrap_intervals(days, seed=4)
    assert bootstrap_intervals(days, seed=4) != bootstrap_intervals(days, seed=5)
