"""Stops and targets by hand, long and short; the stop never moves away from the price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from freqai_regimes.risk.exits.average_range import average_range
from freqai_regimes.risk.exits.leaving import Leave, leave
from freqai_regimes.risk.exits.options import ExitSettings
from freqai_regimes.risk.exits.stop_price import Held, Stop, stop_price, target_gain
from tests.random_candles import random_candles

NAN = float("nan")


@pytest.mark.parametrize(
    ("settings", "long", "short"),
    [
        ({"stop": 0.05}, (95.0, "stop"), (105.0, "stop")),
        ({"stop_atr": 2.0}, (96.0, "stop_atr"), (104.0, "stop_atr")),
        ({"stop": 0.05, "stop_atr": 2.0}, (96.0, "stop_atr"), (104.0, "stop_atr")),
        ({"trailing": 0.02}, (107.8, "trailing"), (91.8, "trailing")),
        ({"trailing_atr": 1.0}, (108.0, "trailing"), (92.0, "trailing")),
        ({"trailing_price": 1.0}, (109.0, "trailing"), (91.0, "trailing")),
        ({"trailing": 0.02, "trailing_after": 0.11}, None, None),
        ({"break_even_after": 0.0999}, (100.2, "break_even"), (99.8, "break_even")),
        ({"break_even_after": 0.101}, None, None),
        ({}, None, None),
    ],
)
def test_the_nearest_stop_that_is_on_counts(
    settings: dict[str, float], long: tuple[float, str] | None, short: tuple[float, str] | None
) -> None:
    for best, is_short, expected in ((110.0, False, long), (90.0, True, short)):
        held = Held(is_short, 100.0, best, 0.02)
        got = stop_price(held, ExitSettings(**settings), 0.002)
        if expected is None:
            assert got is None
        else:
            assert got is not None
            assert (got.price, got.reason) == (pytest.approx(expected[0]), expected[1])


def test_an_unknown_range_sets_no_stop_and_no_target() -> None:
    settings = ExitSettings(stop_atr=1.0, trailing_atr=1.0, target_atr=1.0)
    assert stop_price(Held(False, 100.0, 110.0, NAN), settings, 0.0) is None
    assert target_gain(NAN, settings) is None


def test_the_nearer_target_counts() -> None:
    assert target_gain(0.01, ExitSettings(target=0.05, target_atr=3.0)) == pytest.approx(0.03)
    assert target_gain(0.01, ExitSettings()) is None


@pytest.mark.parametrize("is_short", [False, True])
def test_along_a_path_the_stop_only_moves_nearer(is_short: bool) -> None:
    settings = ExitSettings(stop=0.1, trailing=0.03, trailing_after=0.01, break_even_after=0.02)
    path = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 300)))
    best = np.minimum.accumulate(path) if is_short else np.maximum.accumulate(path)
    stops = [stop_price(Held(is_short, path[0], each, NAN), settings, 0.001) for each in best]
    prices = np.array([stop.price for stop in stops if stop is not None])
    assert len(prices) == len(path) and len(set(prices)) > 3
    moved = np.diff(prices)
    assert (moved <= 0).all() if is_short else (moved >= 0).all()


def test_time_and_regime_and_a_crossed_stop_close() -> None:
    held, stop = Held(False, 100.0, 110.0, NAN), Stop(108.0, "trailing")
    state = {"held": held, "stop": stop, "held_candles": 4, "entry_regime": "bull"}
    settings = ExitSettings(maximum_candles=5, on_regime_change=True)
    assert leave(settings, close=108.1, regime="bull", **state) is None
    assert leave(settings, close=108.0, regime="bull", **state) == Leave("trailing")
    assert leave(settings, close=109.0, regime="bear", **state) == Leave("regime bear")
    assert leave(settings, close=109.0, regime=None, **state) is None
    late = state | {"held_candles": 5}
    assert leave(settings, close=109.0, regime="bull", **late) == Leave("time")
    assert leave(ExitSettings(), close=109.0, regime="bear", **late) is None


def test_the_average_range_is_talibs_true_range_in_a_plain_mean() -> None:
    candles = random_candles(200, seed=3)
    expected = pd.Series(talib.TRANGE(candles["high"], candles["low"], candles["close"]))
    expected = expected.rolling(14).mean() / candles["close"]
    got = average_range(candles, 14)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    for end in (20, 100, 199):
        assert got.iloc[end - 1] == average_range(candles[:end], 14).iloc[-1]
