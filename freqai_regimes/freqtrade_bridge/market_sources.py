"""The entries of ``sources``: declared to freqtrade, and joined before features are computed."""

from __future__ import annotations

from typing import Any

import pandas as pd
from freqtrade.data.dataprovider import DataProvider

from freqai_regimes.freqtrade_bridge.source_history import SourceHistory
from freqai_regimes.freqtrade_bridge.source_series import EXTRAS, FILE, Series, series_of
from freqai_regimes.settings import Settings
from freqai_regimes.sources import SourceOptions, join_source


class MarketSources:
    """Joins every source onto candles of any pair and timeframe, as of the close of each."""

    def __init__(self, settings: Settings, config: dict[str, Any]) -> None:
        self.sources = settings.sources
        self.base_timeframe: str = config["timeframe"]
        self.history = SourceHistory(config, settings.windows)

    def informative_pairs(self) -> list[tuple[str, str, str]]:
        """Pair, timeframe and candle type of what freqtrade must load."""
        loaded = (series for source in self.sources for series in self._series(source, ""))
        wanted = [(s.pair, s.timeframe, s.candle_type) for s in loaded if _is_candles(s)]
        return list(dict.fromkeys(wanted))

    def series(self, pair: str) -> list[Series]:
        """All series that the features of a pair are made from, beside its candles."""
        return [series for source in self.sources for series in self._series(source, pair)]

    def join(
        self, candles: pd.DataFrame, pair: str, timeframe: str, provider: DataProvider
    ) -> pd.DataFrame:
        """The candles with the columns of every source; row t holds what was known at its close.

        Raises
        ------
        CandleError, SettingsError
            If a series is missing or damaged, or two columns have one name.
        """
        joined = candles
        for source in self.sources:
            if source.kind == "kline_extras" and timeframe != self._own_timeframe(source):
                continue
            frames = [
                self._recent(series, candles, provider) for series in self._series(source, pair)
            ]
            spot = frames[1] if len(frames) > 1 else None
            joined = join_source(joined, timeframe, frames[0], source, spot=spot)
        return joined

    def frames(
        self, pair: str, provider: DataProvider, last_close: pd.Timestamp
    ) -> list[pd.DataFrame]:
        """Rows of every series that were known at ``last_close``."""
        found = []
        for series in self.series(pair):
            frame = self.history.frame(series, provider, last_close)
            found.append(frame[frame["date"] <= last_close - series.known_after])
        return found

    def _own_timeframe(self, source: SourceOptions) -> str:
        return source.timeframe or self.base_timeframe

    def _series(self, source: SourceOptions, pair: str) -> tuple[Series, ...]:
        return series_of(source, pair, self.base_timeframe)

    def _recent(
        self, series: Series, candles: pd.DataFrame, provider: DataProvider
    ) -> pd.DataFrame:
        """The rows that can matter for these candles: joining all of a long history takes long."""
        if candles.empty:
            return self.history.frame(series, provider, pd.Timestamp(0, tz="UTC")).iloc[:0]
        frame = self.history.frame(series, provider, candles["date"].iloc[-1])
        lead = series.options.longest_age + 2 * series.known_after
        first = int(frame["date"].searchsorted(candles["date"].iloc[0] - lead))
        return frame.iloc[max(0, min(first, len(frame)) - 1) :]


def _is_candles(series: Series) -> bool:
    return series.candle_type not in (FILE, EXTRAS)
