"""The regime of each base candle, decided on candles of its own timeframe that have closed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd
from freqtrade.data.dataprovider import DataProvider
from freqtrade.strategy import merge_informative_pair

from freqai_regimes.candles import resample, timeframe_seconds
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import AverageChoice, choose_average

logger = logging.getLogger(__name__)

NO_CANDLES = pd.DataFrame({"date": pd.DatetimeIndex([], tz="UTC"), "close": []})

#: A rule gets closed candles, settings and the average's length; it returns ``REGIME_COLUMNS``.
Rule = Callable[[pd.DataFrame, RegimeSettings, int], pd.DataFrame]


class MarketState:
    """Knows each pair's regime; remembers only which average its history allowed."""

    def __init__(self, settings: RegimeSettings, rule: Rule) -> None:
        self.settings = settings
        self.rule = rule
        self._choices: dict[str, AverageChoice] = {}

    def timeframes(self, base_timeframe: str) -> list[str]:
        """Timeframes that the data provider must load beside the base one."""
        wanted = [self.settings.timeframe, self.settings.resample_from]
        return [tf for tf in wanted if tf is not None and tf != base_timeframe]

    def notes(self) -> list[str]:
        """What a reader of the results must know, one sentence each."""
        return [choice.reason for choice in self._choices.values() if choice.shortened]

    def average_candles(self, pair: str) -> int:
        """Length of the pair's long average: as chosen, or as set if there was no choice."""
        choice = self._choices.get(pair)
        return self.settings.average_candles if choice is None else choice.candles

    def regime(
        self,
        frame: pd.DataFrame,
        pair: str,
        base_timeframe: str,
        provider: DataProvider,
        first_traded: pd.Timestamp,
    ) -> pd.DataFrame:
        """``REGIME_COLUMNS`` of each base candle, from candles that closed no later than it did."""
        if self.settings.timeframe == base_timeframe:
            return self.rule(frame, self.settings, self.settings.average_candles)
        candles = self._regime_candles(pair, provider)
        choice = self._choices.get(pair)
        if choice is None:
            seconds = timeframe_seconds(self.settings.timeframe)
            closed = candles["date"] + pd.Timedelta(seconds=seconds) <= first_traded
            choice = choose_average(self.settings, int(closed.sum()), pair)
            self._choices[pair] = choice
            if choice.shortened:
                logger.warning(choice.reason)
        answer = self.rule(candles, self.settings, choice.candles)
        states = pd.concat([candles[["date"]], answer], axis=1)
        merged = merge_informative_pair(
            frame[["date"]], states, base_timeframe, self.settings.timeframe, ffill=True
        )
        columns = {f"{name}_{self.settings.timeframe}": name for name in REGIME_COLUMNS}
        known: pd.DataFrame = merged[list(columns)].rename(columns=columns)
        return known

    def _regime_candles(self, pair: str, provider: DataProvider) -> pd.DataFrame:
        timeframe, finer = self.settings.timeframe, self.settings.resample_from
        candles = provider.get_pair_dataframe(pair, timeframe)
        if candles.empty and finer is not None:
            candles = provider.get_pair_dataframe(pair, finer)
            if not candles.empty:
                candles = resample(candles, finer, timeframe)
        return candles if not candles.empty else NO_CANDLES
