"""The regime of each base candle, decided on candles of its own timeframe that have closed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pandas as pd
from freqtrade.data.dataprovider import DataProvider
from freqtrade.strategy import merge_informative_pair

from freqai_regimes.candles import CANDLE_COLUMNS, resample, timeframe_seconds
from freqai_regimes.freqtrade_bridge.known_rows import known_rows
from freqai_regimes.freqtrade_bridge.last_answer import LastAnswer
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import AverageChoice, choose_average

logger = logging.getLogger(__name__)

NO_CANDLES = pd.DataFrame({"date": pd.DatetimeIndex([], tz="UTC"), "close": []})

#: A rule gets closed candles, settings and the average's length; it returns ``REGIME_COLUMNS``.
Rule = Callable[[pd.DataFrame, RegimeSettings, int], pd.DataFrame]


class MarketState:
    """Knows each pair's regime; remembers which average was allowed, and the last answer."""

    def __init__(self, settings: RegimeSettings, rule: Rule) -> None:
        self.settings = settings
        self.rule = rule
        self._choices: dict[str, AverageChoice] = {}
        self._judged, self._merged = LastAnswer(), LastAnswer()

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
            own = frame[list(CANDLE_COLUMNS)]
            return self._judge(own, pair, self.settings.average_candles)[list(REGIME_COLUMNS)]
        candles = self._regime_candles(pair, provider)
        choice = self._choice(pair, candles, first_traded)
        states, dates = self._judge(candles, pair, choice.candles), frame[["date"]]
        return self._merged.of(
            pair, (dates, states), lambda: self._merge(dates, states, base_timeframe)
        )

    def _choice(
        self, pair: str, candles: pd.DataFrame, first_traded: pd.Timestamp
    ) -> AverageChoice:
        choice = self._choices.get(pair)
        if choice is None:
            seconds = timeframe_seconds(self.settings.timeframe)
            closed = candles["date"] + pd.Timedelta(seconds=seconds) <= first_traded
            choice = choose_average(self.settings, int(closed.sum()), pair)
            self._choices[pair] = choice
            if choice.shortened:
                logger.warning(choice.reason)
        return choice

    def _judge(self, candles: pd.DataFrame, pair: str, average_candles: int) -> pd.DataFrame:
        """``date`` and ``REGIME_COLUMNS`` of candles of the regime's own timeframe."""

        def judged() -> pd.DataFrame:
            answer = self.rule(candles, self.settings, average_candles)
            return pd.concat([candles[["date"]], answer], axis=1)

        return self._judged.of((pair, average_candles), (candles,), judged)

    def _merge(
        self, dates: pd.DataFrame, states: pd.DataFrame, base_timeframe: str
    ) -> pd.DataFrame:
        timeframe = self.settings.timeframe
        rows = known_rows(dates["date"], states["date"], base_timeframe, timeframe)
        if rows is not None and (rows >= 0).all():
            return states.iloc[rows].reset_index(drop=True)[list(REGIME_COLUMNS)]
        merged = merge_informative_pair(dates, states, base_timeframe, timeframe, ffill=True)
        columns = {f"{name}_{timeframe}": name for name in REGIME_COLUMNS}
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
