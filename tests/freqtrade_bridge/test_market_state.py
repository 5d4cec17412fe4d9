"""The regime that is remembered between two questions equals the one computed anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from freqai_regimes.candles import resample
from freqai_regimes.freqtrade_bridge.market_state import MarketState
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.rule import regime_of
from tests.random_candles import random_candles

FINE = random_candles(600, seed=5)  # hourly
SETTINGS = {"average_candles": 10, "shorter_average_candles": None, "change_candles": 3}
ROWS = range(588, 600)
LENGTH = 200  # of a bot's frame


def provider(rows: int) -> Any:
    """What freqtrade has loaded once so many fine candles have closed."""
    candles = resample(FINE.iloc[:rows], "1h", "4h")
    return cast(Any, SimpleNamespace(get_pair_dataframe=lambda pair, timeframe: candles.copy()))


def asked(state: MarketState, rows: int) -> pd.DataFrame:
    """The answer for the frame that a bot has after so many candles."""
    frame = FINE.iloc[rows - LENGTH : rows].reset_index(drop=True)
    return state.regime(frame, "BTC/USDT", "1h", provider(rows), frame["date"].iloc[-1])


def test_a_coarser_regime_is_judged_once_a_candle_and_equals_a_fresh_one() -> None:
    settings, judged = RegimeSettings.model_validate({"timeframe": "4h", **SETTINGS}), []

    def counted(candles: pd.DataFrame, options: RegimeSettings, average: int) -> pd.DataFrame:
        judged.append(len(candles))
        return regime_of(candles, options, average)

    state = MarketState(settings, counted)
    for rows in ROWS:
        fresh = asked(MarketState(settings, regime_of), rows)
        for _ in range(2):
            pd.testing.assert_frame_equal(asked(state, rows), fresh, check_exact=True)
    assert len(judged) == len(set(judged)) == len(ROWS) // 4


def test_a_regime_of_the_base_candles_too() -> None:
    settings = RegimeSettings.model_validate({"timeframe": "1h", "resample_from": None, **SETTINGS})
    state = MarketState(settings, regime_of)
    for rows in ROWS:
        fresh = regime_of(FINE.iloc[rows - LENGTH : rows].reset_index(drop=True), settings, 10)
        pd.testing.assert_frame_equal(asked(state, rows), fresh, check_exact=True)
