"""The long MACD beside pandas' exponential mean of the same window, and its bounded memory."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from freqai_regimes.regimes.macd import Options, exponential_average, judge, warm_up_candles
from tests.random_candles import random_candles

CLOSE = random_candles(300, 2)["close"]


@pytest.mark.parametrize("span", [1, 3, 20, 60])
def test_the_average_is_that_of_pandas_over_two_spans(span: int) -> None:
    got = exponential_average(CLOSE, span)
    assert got[: 2 * span - 1].isna().all()
    for row in range(2 * span - 1, 300, 37):
        window = CLOSE[row - 2 * span + 1 : row + 1]
        assert got[row] == pytest.approx(window.ewm(span=span).mean().iloc[-1], rel=1e-12)
    assert np.isnan(exponential_average(CLOSE[: 2 * span - 1], span)).all()


def test_the_state_by_the_formula() -> None:
    options = Options(rule="macd", fast_candles=5, slow_candles=12, band=0.004)
    got = judge(CLOSE.to_frame("close"), options)["regime"]
    for row in range(warm_up_candles(options) - 1, 300):
        fast = CLOSE[row - 9 : row + 1].ewm(span=5).mean().iloc[-1]
        macd = fast / CLOSE[row - 23 : row + 1].ewm(span=12).mean().iloc[-1] - 1
        assert got[row] == (1.0 if macd > 0.004 else -1.0 if macd < -0.004 else 0.0)
    assert got[: warm_up_candles(options) - 1].isna().all() and set(got.dropna()) == {1, 0, -1}


def test_the_fast_average_is_the_faster_one() -> None:
    with pytest.raises(ValidationError, match="fast_candles 12 must be below slow_candles 12"):
        Options(rule="macd", fast_candles=12, slow_candles=12)


def test_the_defaults_have_the_usual_proportions_and_200_days() -> None:
    options = Options(rule="macd")
    assert options.slow_candles == 200 * 6
    assert options.fast_candles == round(options.slow_candles * 12 / 26)
