"""From settings to regime: which average a history allows, to the candle; the control's rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import CandleError
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.rule import (
    AverageChoice,
    choose_average,
    price_above_average,
    regime_of,
    warm_up_candles,
)
from tests.random_candles import random_candles


@pytest.mark.parametrize("average", [2, 5, 20])
@pytest.mark.parametrize("change", [0, 1, 4, 5, 30])
@pytest.mark.parametrize("confirmation", [1, 3])
def test_the_warm_up_is_the_least_history_that_can_know(
    average: int, change: int, confirmation: int
) -> None:
    """On a price that keeps rising: the last of that many candles knows, one fewer does not."""
    settings = RegimeSettings(change_candles=change, confirmation_candles=confirmation)
    candles = pd.DataFrame({"close": np.exp(np.arange(80) * 0.1)})
    needed = warm_up_candles(settings, average)
    answer = regime_of(candles.iloc[:needed], settings, average)
    assert answer.iloc[-1].to_dict() == {
        "regime": 1.0,
        "regime_bull": 1.0,
        "regime_sideways": 0.0,
        "regime_bear": 0.0,
    }
    assert np.isnan(regime_of(candles.iloc[: needed - 1], settings, average)).all(axis=None)


DEFAULTS = RegimeSettings()  # average 300, change 180, confirmation 6: 305 candles
WITH_SHORTER = RegimeSettings(shorter_average_candles=200)  # 205 candles


@pytest.mark.parametrize("settings", [DEFAULTS, WITH_SHORTER])
@pytest.mark.parametrize("history", [305, 306, 5000])
def test_the_long_average_is_taken_where_it_can_be(settings: RegimeSettings, history: int) -> None:
    assert choose_average(settings, history, "BTC/USDT") == AverageChoice(
        300, False, "BTC/USDT: average of 300 4h candles"
    )


@pytest.mark.parametrize("history", [205, 304])
def test_the_shorter_one_is_taken_where_it_must_be_and_said_so(history: int) -> None:
    assert choose_average(WITH_SHORTER, history, "BTC/USDT") == AverageChoice(
        200,
        True,
        f"BTC/USDT: average of 200 4h candles instead of 300: only {history} closed candles lie "
        "before the first traded one",
    )


@pytest.mark.parametrize(
    ("settings", "history", "needed"),
    [(DEFAULTS, 304, 305), (DEFAULTS, 0, 305), (WITH_SHORTER, 204, 205), (WITH_SHORTER, 0, 205)],
)
def test_half_an_average_is_never_used(settings: RegimeSettings, history: int, needed: int) -> None:
    with pytest.raises(CandleError) as error:
        choose_average(settings, history, "BTC/USDT")
    assert str(error.value) == (
        f"BTC/USDT: {history} closed 4h candles before the first traded one, {needed} are needed "
        "for the regime. Load more history (live: raise startup_candle_count), begin later, or set "
        "regimes.regime.shorter_average_candles."
    )


def test_the_change_can_need_more_history_than_the_average() -> None:
    settings = RegimeSettings(average_candles=10, change_candles=180, confirmation_candles=1)
    assert warm_up_candles(settings, 10) == 181
    with pytest.raises(CandleError, match="181 are needed"):
        choose_average(settings, 180, "x")


def test_rules_can_need_more_history_than_the_average_and_say_what_helps() -> None:
    settings = RegimeSettings.model_validate(
        {
            "rules": [{"rule": "moving_average"}, {"rule": "macd", "slow_candles": 600}],
            "shorter_average_candles": 100,
            "minimum_dwell_candles": 4,
        }
    )
    assert warm_up_candles(settings, 300) == 1200 + 5 + 6
    assert choose_average(settings, 1211, "x").candles == 300
    with pytest.raises(CandleError, match=r"1211 are needed .* or shorten the windows of the rul"):
        choose_average(settings, 1210, "x")


def test_the_control_arm_has_its_average_whatever_the_rules_are() -> None:
    settings = RegimeSettings.model_validate(
        {"rules": [{"rule": "price_change", "change_candles": 10}], "confirmation_candles": 1}
    )
    needed = warm_up_candles(settings, 300)
    candles = pd.DataFrame({"close": np.exp(np.arange(needed) * 0.1)})
    assert price_above_average(candles, settings, 300)["regime"].iloc[-1] == 1.0


def test_the_regime_takes_its_numbers_from_the_settings() -> None:
    """A rise of 3 % a candle: 3 % above the average of two is 1.48 %, the change 6.09 % in two."""
    candles = pd.DataFrame({"close": 1.03 ** np.arange(20)})

    def last(**changes: float) -> float:
        settings = RegimeSettings.model_validate(
            {"average_band": 0.01, "change_candles": 2, "confirmation_candles": 2, **changes}
        )
        return float(regime_of(candles, settings, 2)["regime"].iloc[-1])

    assert last() == 1.0
    assert last(average_band=0.0147) == 1.0 and last(average_band=0.0149) == 0.0
    assert last(change_band=0.0608) == 1.0 and last(change_band=0.0610) == 0.0
    assert last(confirmation_candles=17) == 1.0  # known from the third candle on, 18 in a row
    assert last(confirmation_candles=18) == 1.0
    assert np.isnan(last(confirmation_candles=19))


def test_price_above_average_by_hand_and_by_loop() -> None:
    closes = pd.DataFrame({"close": [1.0, 2.0, 2.0, 1.0, 3.0]})
    got = price_above_average(closes, DEFAULTS, 2)["regime"]
    assert got.isna().tolist() == [True, False, False, False, False]
    assert got.tolist()[1:] == [1.0, 0.0, 0.0, 1.0]  # at the average is not above it
    candles = random_candles(80)
    close = candles["close"].tolist()
    got = price_above_average(candles, DEFAULTS, 10)["regime"]
    for row in range(9, 80):
        assert got[row] == float(close[row] > sum(close[row - 9 : row + 1]) / 10)
    assert set(got.dropna()) == {0.0, 1.0}


def test_a_flat_price_after_a_walk_is_not_above_its_average() -> None:
    close = pd.Series([*random_candles(60)["close"], *[1.2345] * 40])
    got = price_above_average(pd.DataFrame({"close": close}), DEFAULTS, 20)["regime"]
    assert (got.iloc[80:] == 0).all()
