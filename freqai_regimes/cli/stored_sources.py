"""The entries of ``sources`` in a run: what must be downloaded, what is stored, from when on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pandas as pd
from freqtrade.data.dataprovider import DataProvider
from freqtrade.enums import RunMode

from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.freqtrade_bridge.market_sources import MarketSources
from freqai_regimes.freqtrade_bridge.source_series import EXTRAS


class _Backtest:
    """All that the history asks of a data provider outside a running bot."""

    runmode = RunMode.BACKTEST


def source_candles(config: RunConfig, *, futures: bool) -> tuple[list[str], list[str]]:
    """Pairs and timeframes of sources that lie with futures, or with spot candles."""
    wanted = [
        (pair, timeframe)
        for pair, timeframe, _ in _sources(config, Path()).informative_pairs()
        if (":" in pair) == futures
    ]
    return (
        list(dict.fromkeys(pair for pair, _ in wanted)),
        list(dict.fromkeys(timeframe for _, timeframe in wanted)),
    )


def needs_extras(config: RunConfig) -> bool:
    """Whether a run needs kline extras."""
    return config.model_is_on and any(s.kind == "kline_extras" for s in config.settings.sources)


def source_span(
    config: RunConfig, datadir: Path, pair: str
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """From when to when every source of a pair has values; None where nothing bounds it.

    Raises
    ------
    CandleError, SettingsError
        If a source is not stored, or its file cannot be read.
    """
    if not config.model_is_on:
        return None, None
    sources = _sources(config, datadir)
    begins, ends = [], []
    for series in sources.series(pair):
        until = pd.Timestamp(0, tz="UTC")
        frame = sources.history.frame(series, cast(DataProvider, _Backtest()), until)
        begins.append(frame["date"].iloc[0] + series.known_after)
        age = pd.Timedelta(0) if series.candle_type == EXTRAS else series.options.longest_age
        ends.append(frame["date"].iloc[-1] + series.known_after + age)
    return max(begins, default=None), min(ends, default=None)


def _sources(config: RunConfig, datadir: Path) -> MarketSources:
    merged: dict[str, Any] = config.merged | {"datadir": datadir}
    return MarketSources(config.settings, merged)
