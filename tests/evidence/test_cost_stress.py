"""Costs of a run, by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from freqai_regimes.evidence.cost_stress import cost_stress
from tests.evidence.known_series import by_day
from tests.evidence.runs import candles, trade

FRAME = candles([100, 100, 100, 100, 100, 100, 100, 101, 101])  # 6 candles a day


def test_the_same_trades_without_and_with_twice_their_cost() -> None:
    # bought on the first day, sold on the second; 0.1 % a side of 100 and of 101
    trades = pd.DataFrame([trade(FRAME, 0, 7)])
    daily = by_day([-0.1 / 1000, (1.0 - 0.101) / 999.9])
    found = cost_stress(daily, trades, 1000.0)
    assert found.at(0.0).net_return == pytest.approx(0.001, abs=1e-6)
    assert found.at(1.0).net_return == pytest.approx((1.0 - 0.201) / 1000)
    assert found.at(2.0).net_return == pytest.approx((1.0 - 0.402) / 1000, abs=1e-6)
    assert found.paid == pytest.approx(0.201)
    assert found.turnover == pytest.approx(201)
    assert found.paid_bps == pytest.approx(10)
    assert found.break_even_bps == pytest.approx(1 / 201 * 10_000)
    assert "may cost 49.8" in found.reason


def test_trades_that_lose_for_nothing_break_even_below_zero() -> None:
    trades = pd.DataFrame([trade(FRAME, 0, 7, short=True)])
    found = cost_stress(by_day([0.0, -0.001201]), trades, 1000.0)
    assert found.break_even_bps == pytest.approx(-1 / 201 * 10_000)


def test_without_trades_there_is_nothing_to_stress() -> None:
    found = cost_stress(by_day([0.0, 0.0]), pd.DataFrame([trade(FRAME, 0, 7)]).iloc[:0], 1000.0)
    assert math.isnan(found.break_even_bps)
    assert found.at(2.0).net_return == 0
