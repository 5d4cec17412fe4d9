"""Measures by other formulas, thresholds from the past alone, states by a plain loop."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from pydantic import ValidationError

from freqai_regimes.regimes.chop import (
    MEASURES,
    Options,
    atr,
    bollinger_width,
    efficiency_ratio,
    judge,
    share_below,
    warm_up_candles,
)
from tests.random_candles import random_candles

CANDLES = random_candles(260, 5)


def options(**changes: object) -> Options:
    short = {"rule": "chop", "window_candles": 8, "quantile_candles": 30}
    return Options.model_validate(short | changes)


def test_measures_are_those_of_other_implementations() -> None:
    high, low, close = (CANDLES[name].to_numpy() for name in ("high", "low", "close"))
    ranges = pd.Series(talib.TRANGE(high, low, close)).rolling(8).mean() / close
    assert np.allclose(atr(CANDLES, 8), ranges, rtol=1e-10, equal_nan=True)
    upper, middle, lower = talib.BBANDS(close, 8)
    assert np.allclose(bollinger_width(CANDLES, 8), (upper - lower) / middle, equal_nan=True)
    ratio = efficiency_ratio(CANDLES, 8)
    for row in (8, 100, 259):
        part = CANDLES["close"].iloc[row - 8 : row + 1]
        way = sum(abs(b - a) for a, b in pairwise(part))
        assert ratio[row] == pytest.approx(abs(part.iloc[-1] - part.iloc[0]) / way)
    assert ratio[:8].isna().all()


def test_a_price_that_stands_still_has_no_efficiency() -> None:
    assert efficiency_ratio(pd.DataFrame({"close": [2.0] * 5}), 2).tolist()[2:] == [0, 0, 0]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("inner", [None, 0.2])
def test_states_are_those_of_a_plain_loop(measure: str, inner: float | None) -> None:
    asked = options(measure=measure, quantile=0.6, inner_quantile=inner)
    got = judge(CANDLES, asked)["regime"]
    values = MEASURES[measure](CANDLES, 8).to_numpy()
    close, state, known = CANDLES["close"].to_numpy(), math.nan, 0
    for row in range(warm_up_candles(asked) - 1, 260):
        past = values[row - 30 : row]
        side = math.copysign(1.0, close[row] / close[row - 8] - 1)
        if values[row] > np.quantile(past, 0.6):
            state = side
        elif inner is None or values[row] <= np.quantile(past, 0.2) or state == -side or state == 0:
            state = 0.0
        if not math.isnan(got[row]):
            known += 1
            assert got[row] == state, row
    assert known == 222 - got[38:].isna().sum() >= 215 and set(got.dropna()) == {1.0, 0.0, -1.0}
    assert got[: warm_up_candles(asked) - 1].isna().all()


def test_a_wild_future_does_not_move_the_thresholds_of_the_past() -> None:
    wild = CANDLES.copy()
    wild.loc[200:, ["open", "high", "low", "close"]] *= np.linspace(1, 9, 60)[:, None]
    for measure in MEASURES:
        before, after = (judge(one, options(measure=measure)) for one in (CANDLES, wild))
        pd.testing.assert_frame_equal(before[:200], after[:200])
        assert not before[200:].equals(after[200:])


def test_soft_probabilities_are_the_share_of_a_calmer_past() -> None:
    got = judge(CANDLES, options(), soft=True)
    values = efficiency_ratio(CANDLES, 8)
    for row in (40, 133, 259):
        share = (values[row - 30 : row] < values[row]).mean()
        rises = CANDLES["close"][row] > CANDLES["close"][row - 8]
        name, other = ("regime_bull", "regime_bear")[:: 1 if rises else -1]
        assert got[name][row] == pytest.approx(share) and got[other][row] == 0
        assert got["regime_sideways"][row] == pytest.approx(1 - share)
    assert share_below(pd.Series([2.0, 2.0, 2.0]), 2)[2] == 0.5


def test_an_inner_quantile_lies_below() -> None:
    with pytest.raises(ValidationError, match=r"inner_quantile 0\.7 lies above quantile 0\.5"):
        options(inner_quantile=0.7)
