"""The configured sources before the certificate: joined by the code that a bot runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, cast

import pandas as pd
from freqtrade.data.dataprovider import DataProvider
from freqtrade.enums import RunMode

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.causality.market import Source
from freqai_regimes.causality.shipped_sources import lead_candles, with_fresh
from freqai_regimes.causality.subject import BASE, Inputs, Subject
from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import GENERATORS, FeatureSet
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.freqtrade_bridge.source_history import SourceHistory
from freqai_regimes.freqtrade_bridge.source_series import Series
from freqai_regimes.settings import Settings
from freqai_regimes.sources import SourceOptions


class _Backtest:
    """All that the history asks of a data provider outside a running bot."""

    runmode = RunMode.BACKTEST


class _Given(SourceHistory):
    """The frames of the certificate in place of stored ones."""

    inputs: Inputs

    def frame(self, series: Series, provider: DataProvider, until: pd.Timestamp) -> pd.DataFrame:
        """The frame that bears the name of the series."""
        return self.inputs[series.name]


class CertifiedSources:
    """Joins the sources of a configuration onto frames that the certificate cuts and changes."""

    def __init__(self, settings: Settings, config: dict[str, Any], pair: str) -> None:
        self.pair = pair
        self.base_timeframe: str = config["timeframe"]
        self._sources = MarketSources(settings, config)
        self._history = _Given(config, settings.windows)
        self._sources.history = self._history

    def stored(
        self, config: dict[str, Any], datadir: Path, candles: pd.DataFrame
    ) -> dict[str, Source]:
        """The series of all sources by name, as far as they can matter for these candles."""
        history = SourceHistory(config | {"datadir": datadir}, self._history._windows)
        first, last = candles["date"].iloc[0], candles["date"].iloc[-1]
        found = {}
        for series in self._sources.series(self.pair):
            frame = history.frame(series, cast(DataProvider, _Backtest()), last)
            begins = first - series.options.longest_age - 2 * series.known_after
            dates = frame["date"]
            end = last + pd.Timedelta(seconds=timeframe_seconds(self.base_timeframe))
            part = frame[(dates >= begins) & (dates <= end)].reset_index(drop=True)
            found[series.name] = Source(part, series.known_after)
        return found

    def join(self, inputs: Inputs, candles: pd.DataFrame, timeframe: str) -> pd.DataFrame:
        """The candles with the columns of all sources."""
        self._history.inputs = inputs
        provider = cast(DataProvider, _Backtest())
        return self._sources.join(candles, self.pair, timeframe, provider)

    def subjects(self) -> list[Subject]:
        """The columns of each source on base candles."""
        return [
            Subject(
                f"source {source.column_prefix or source.kind}: {source.kind}",
                "source",
                partial(self._columns, source),
                warm_up_candles=self._lead(source, self.base_timeframe),
            )
            for source in self._sources.sources
            if source.kind != "kline_extras" or source.timeframe in (None, self.base_timeframe)
        ]

    def lead_candles(self, entry: FeatureSet, candles: pd.DataFrame, timeframe: str) -> int:
        """Further warm-up of a feature, in candles of its timeframe: 0 if it needs no source."""
        try:
            GENERATORS[entry.generator].generate(candles.head(2), entry)
        except SettingsError:  # it asks for a column that candles do not have
            return max((self._lead(one, timeframe) for one in self._sources.sources), default=0)
        return 0

    def _lead(self, source: SourceOptions, timeframe: str) -> int:
        step = pd.Timedelta(seconds=timeframe_seconds(timeframe))
        series = [one for one in self._sources.series(self.pair) if one.options == source]
        return max(lead_candles(source, step, one.known_after) for one in series)

    def _columns(self, source: SourceOptions, inputs: Inputs) -> pd.DataFrame:
        base = inputs[BASE]
        joined = self.join(inputs, base, self.base_timeframe).drop(columns=list(base))
        if source.column_prefix:
            own = [name for name in joined if str(name).startswith(source.column_prefix)]
        else:
            prefixes = tuple(s.column_prefix for s in self._sources.sources if s.column_prefix)
            own = [name for name in joined if not prefixes or not str(name).startswith(prefixes)]
        return with_fresh(joined[own])
