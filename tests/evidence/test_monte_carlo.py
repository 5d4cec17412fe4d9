"""Figures of runs on other candles, by hand."""

from __future__ import annotations

import math

from freqai_regimes.evidence.monte_carlo import monte_carlo


def test_a_run_stands_beside_the_others() -> None:
    others = [(float(n), (n - 10) / 100) for n in range(21)]
    found = monte_carlo("resampled", (1.5, 0.2), others)
    assert (found.sharpe.value, found.sharpe.low, found.sharpe.high) == (1.5, 1.0, 19.0)
    assert found.median_sharpe == 10
    assert found.losing == 11 / 21
    assert "On 21 resampled candle paths" in found.reason
    assert "Net +0.0% in the middle, -9.0% to +9.0% in nine of ten, its own +20.0%" in found.reason
    assert found.runs == tuple(others) and "blocks" in found.assumes


def test_a_few_runs_say_nothing() -> None:
    found = monte_carlo("noisy", (1.5, 0.2), [(1.0, 0.1)] * 4)
    assert math.isnan(found.median_sharpe)
    assert "4 runs on noisy candles; 5 are needed" in found.reason
