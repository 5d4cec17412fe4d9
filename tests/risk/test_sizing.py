"""Sizes by hand: never above the whole sleeve, a model that only shrinks, a band without trades."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.risk.sizing import Rebalance, model_factor, rebalance, volatility_scale


def scale(volatility: list[float], target: float | None) -> list[float]:
    return volatility_scale(pd.Series(volatility, dtype=float), target).tolist()


def factor(agreement: list[float], tilt: float) -> list[float]:
    return model_factor(pd.Series(agreement, dtype=float), tilt).tolist()


def test_a_volatility_above_the_target_is_scaled_down_to_it() -> None:
    assert scale([0.8, 0.4, 0.5], 0.4) == pytest.approx([0.5, 1.0, 0.8])


def test_calm_markets_never_borrow() -> None:
    assert scale([0.399, 0.1, 1e-12], 0.4) == [1.0, 1.0, 1.0]
    volatility = np.random.default_rng(0).lognormal(-1, 2, 1000)
    sizes = volatility_scale(pd.Series(volatility), 0.4)
    assert sizes.max() == 1.0 and sizes.min() > 0
    assert (sizes * volatility).max() <= 0.4 + 1e-12


def test_what_is_unknown_has_no_size() -> None:
    assert [math.isnan(size) for size in scale([np.nan, 0.0, -0.1, np.inf], 0.4)] == [
        True,
        True,
        True,
        False,
    ]
    assert scale([np.inf], 0.4) == [0.0]


def test_without_a_target_size_is_whole() -> None:
    assert scale([np.nan, 0.0, 9.0], None) == [1.0, 1.0, 1.0]
    assert scale([], None) == scale([], 0.4) == []


def test_tilt_by_hand() -> None:
    assert factor([-1.0, -0.5, 0.0, 0.5, 1.0, np.nan], 0.6) == pytest.approx(
        [0.4, 0.7, 1.0, 1.0, 1.0, 1.0]
    )
    assert factor([-1.0, -0.25], 1.0) == [0.0, 0.75]


def test_no_tilt_switches_the_model_off() -> None:
    assert factor([-1.0, 0.3, np.nan], 0.0) == [1.0, 1.0, 1.0]


def test_a_factor_only_shrinks_and_never_turns() -> None:
    wild = np.linspace(-5, 5, 101)  # scores beyond their range count as its ends
    for tilt in (0.0, 0.3, 1.0):
        got = np.array(factor(list(wild), tilt))
        assert ((got >= 0) & (got <= 1)).all() and (np.diff(got) >= 0).all()
        assert got[0] == pytest.approx(1 - tilt)


@pytest.mark.parametrize(
    ("target", "position", "expected"),
    [
        (0.5, 36.0, Rebalance(0.0, "weight 0.36 within 0.15 of 0.50")),
        (0.5, 34.0, Rebalance(16.0, "weight 0.34 to 0.50")),
        (0.5, 66.0, Rebalance(-16.0, "weight 0.66 to 0.50")),
        (1.0, 130.0, Rebalance(-30.0, "weight 1.30 to 1.00")),
        (0.0, 20.0, Rebalance(-20.0, "weight 0.20 to 0.00")),
        (1.0, 0.0, Rebalance(100.0, "weight 0.00 to 1.00")),
    ],
)
def test_rebalancing_by_hand(target: float, position: float, expected: Rebalance) -> None:
    got = rebalance(target, position, 100.0, 0.15)
    assert got.amount == pytest.approx(expected.amount) and got.reason == expected.reason


def test_the_edge_belongs_to_the_band() -> None:
    for position in (37.5, 62.5):  # binary fractions, so that the edge is met exactly
        assert rebalance(0.5, position, 100.0, 0.125).amount == 0.0


def test_rebalancing_lands_on_the_target_from_outside_the_band_only() -> None:
    rng = np.random.default_rng(1)
    for target, position, sleeve, band in rng.uniform(
        [0, 0, 1, 0.01], [1, 3e4, 1e4, 0.5], (500, 4)
    ):
        got = rebalance(target, position, sleeve, band)
        after = (position + got.amount) / sleeve
        if abs(position / sleeve - target) > band:
            assert after == pytest.approx(target, abs=1e-9) and after <= 1 + 1e-9
            assert got.amount != 0
        else:
            assert got.amount == 0
