"""The candles of a backtest: those that freqtrade has loaded already are not read again."""

from __future__ import annotations

from typing import Any

import pandas as pd
from freqtrade.data.dataprovider import DataProvider

from freqai_regimes.candles import CANDLE_COLUMNS, timeframe_seconds
from freqai_regimes.freqtrade_bridge.longer_history import LongerHistory


class BacktestCandles:
    """Candles by pair and timeframe, of the data provider or of the frame that a pair came with.

    Freqtrade hands a pair's frame to the strategy, and its provider reads the same candles once
    more where it is asked for them.

    Parameters
    ----------
    pair, frame : candles of the base timeframe as the strategy got them, other columns beside them.
    first_window : where the first training window begins, in epoch seconds. The frame is taken
        where it begins with the start-up candles before that, as a backtest's does and a plot's
        need not; else the provider is asked.
    """

    def __init__(
        self,
        provider: DataProvider | LongerHistory,
        config: dict[str, Any],
        pair: str,
        frame: pd.DataFrame,
        first_window: int,
    ) -> None:
        self._provider = provider
        self._given: dict[tuple[str, str], pd.DataFrame] = {}
        timeframe = config["timeframe"]
        warm_up = config["startup_candle_count"] * timeframe_seconds(timeframe)
        begins = frame["date"].iloc[0].timestamp()
        if not isinstance(provider, LongerHistory) and begins <= first_window - warm_up:
            self._given[pair, timeframe] = frame[list(CANDLE_COLUMNS)]

    def of(self, pair: str, timeframe: str) -> pd.DataFrame:
        """Closed candles, dates rise; empty if none are stored."""
        given = self._given.get((pair, timeframe))
        if given is not None:
            return given
        asked: pd.DataFrame = self._provider.get_pair_dataframe(pair, timeframe)
        return asked
