"""Expected costs by hand: fees, spread, funding by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.expected_costs import trailing_funding
from freqai_regimes.risk.costs import CostSettings, entry_costs
from freqai_regimes.risk.spread import corwin_schultz
from tests.random_candles import random_candles


def test_fixed_costs_are_two_fees_and_two_slippages() -> None:
    candles = random_candles(5)
    got = entry_costs(
        candles, CostSettings(slippage=0.0002), fee=0.001, funding_rate=None, holding_hours=8
    )
    assert got["long"].tolist() == got["short"].tolist() == pytest.approx([0.0024] * 5)


def test_longs_pay_a_positive_rate_and_shorts_receive_it() -> None:
    candles = random_candles(3)
    rate = pd.Series([0.0001, -0.0002, np.nan])
    got = entry_costs(
        candles, CostSettings(slippage=0.0), fee=0.0005, funding_rate=rate, holding_hours=24
    )
    assert got["long"].tolist() == pytest.approx([0.0013, 0.0004, 0.001])
    assert got["short"].tolist() == pytest.approx([0.0007, 0.0016, 0.001])


def test_half_the_estimated_spread_replaces_a_lower_slippage_only() -> None:
    candles = random_candles(300, seed=1)
    settings = CostSettings(slippage=0.0015, spread="corwin_schultz", spread_candles=20)
    got = entry_costs(candles, settings, fee=0.0, funding_rate=None, holding_hours=1)["long"]
    half = corwin_schultz(candles, 20) / 2
    expected = 2 * np.fmax(half, 0.0015)
    np.testing.assert_allclose(got, expected)
    assert (half > 0.0015).any() and (half < 0.0015).any()


def test_funding_counts_settlements_that_were_past() -> None:
    settled = pd.date_range("2026-01-01", periods=6, freq="8h", tz="UTC")
    rates = pd.DataFrame({"date": settled, "open": [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4]})
    moments = pd.Series(
        pd.to_datetime(["2026-01-01 15:59", "2026-01-01 16:00", "2026-01-02 16:00"], utc=True)
    )
    got = trailing_funding(moments, rates, 16).tolist()
    # (15:59 - 16 h is before the first settlement, but less than one interval before it.)
    assert got[0] == pytest.approx((1e-4 + 2e-4) / 2)
    assert got[1] == pytest.approx((2e-4 + 3e-4) / 2)
    assert got[2] == pytest.approx((5e-4 + 6e-4 - 0) / 2)
    assert np.isnan(trailing_funding(moments, rates, 48)[0])


def test_the_expected_funding_is_the_same_to_the_bit_with_any_history_before() -> None:
    settled = pd.date_range("2026-01-01", periods=400, freq="8h", tz="UTC")
    paid = np.random.default_rng(8).normal(1e-4, 3e-4, len(settled))
    rates = pd.DataFrame({"date": settled, "open": paid})
    moments = pd.Series(pd.date_range("2026-05-01", periods=60, freq="1h", tz="UTC"))
    whole = trailing_funding(moments, rates, 72)
    assert whole.notna().all()
    for kept in (60, 100, 101):
        assert trailing_funding(moments, rates.tail(kept), 72).equals(whole), kept
