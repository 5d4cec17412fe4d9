"""Stored candles from before what freqtrade loads, for expanding windows."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.data.dataprovider import DataProvider
from freqtrade.data.history import (
    get_datahandler,
    load_pair_history,
    refresh_backtest_ohlcv_data,
)
from freqtrade.enums import TRADE_MODES, CandleType
from freqtrade.exchange import timeframe_to_seconds
from freqtrade.strategy import IStrategy

from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer
from freqai_regimes.settings import Settings
from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import training_span

logger = logging.getLogger(__name__)


def first_needed(config: dict[str, Any], windows: WindowSettings, stop: int) -> int:
    """Opening time (epoch seconds) of the first candle that a window ending at ``stop`` needs.

    Twice the start-up candles of the longest timeframe come before the window, as FreqAI has it
    when live; 1 (never 0, which freqtrade takes for "no bound") means all that is stored.
    """
    freqai = config["freqai"]
    longest: int = max(
        map(timeframe_to_seconds, freqai["feature_parameters"]["include_timeframes"])
    )
    warm_up: int = 2 * config["startup_candle_count"] * longest
    span = training_span(windows, freqai["train_period_days"], stop)
    return max(span.start - warm_up, 1)


class LongerHistory:
    """A data provider whose frames of candles reach back to where expanding windows begin.

    Freqtrade loads ``train_period_days`` and start-up candles before a backtest's range, and less
    when live; what is stored from before that is put in front. All else is asked of the provider.

    Parameters
    ----------
    first : opening time of the first candle that is needed, in epoch seconds.
    timeframes : whose frames are lengthened; None: all of them.
    """

    def __init__(
        self,
        provider: DataProvider,
        config: dict[str, Any],
        first: int,
        timeframes: Collection[str] | None = None,
    ) -> None:
        self._provider = provider
        self._config = config
        self._first = first
        self._timeframes = timeframes
        self._older: dict[tuple[str, str, str], pd.DataFrame] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def get_pair_dataframe(
        self, pair: str, timeframe: str | None = None, candle_type: str = ""
    ) -> pd.DataFrame:
        """The provider's candles behind those that are stored from before them."""
        recent: pd.DataFrame = self._provider.get_pair_dataframe(pair, timeframe, candle_type)
        timeframe = timeframe or str(self._config["timeframe"])
        if recent.empty or (self._timeframes is not None and timeframe not in self._timeframes):
            return recent
        recent = recent.assign(date=recent["date"].dt.tz_convert(UTC))
        key = (pair, timeframe, candle_type)
        if key not in self._older:
            self._older[key] = self._stored(*key)
        joined = self._joined(self._older[key], recent, f"{pair} {timeframe}")
        if self._timeframes is not None:  # live: what freqtrade forgets later is kept
            self._older[key] = joined
        return joined

    @staticmethod
    def _joined(older: pd.DataFrame, recent: pd.DataFrame, name: str) -> pd.DataFrame:
        older = older[older["date"] < recent["date"].iloc[0]]
        if older.empty:
            return recent
        gap = recent["date"].iloc[0] - older["date"].iloc[-1]
        if gap > recent["date"].diff().max():
            logger.warning("%s: stored candles end %s too early and are left out.", name, gap)
            return recent
        return pd.concat([older, recent], ignore_index=True)

    def _stored(self, pair: str, timeframe: str, candle_type: str) -> pd.DataFrame:
        kind = self._config.get("candle_type_def", CandleType.SPOT)
        stored: pd.DataFrame = load_pair_history(
            datadir=self._config["datadir"],
            timeframe=timeframe,
            pair=pair,
            timerange=TimeRange("date", None, self._first, 0),
            data_format=self._config.get("dataformat_ohlcv", "feather"),
            candle_type=CandleType.from_string(candle_type) if candle_type else kind,
        )
        if stored.empty:
            stored = stored.assign(date=pd.DatetimeIndex([], tz=UTC))
            return stored
        return stored.assign(date=stored["date"].dt.tz_convert(UTC))


def lengthen_history(strategy: IStrategy, settings: Settings, drawer: RegimeDataDrawer) -> None:
    """Give the strategy a data provider that knows what its windows reach back to.

    Live, what FreqAI loads is lengthened, too: its candles (``drawer``) are the base timeframe's,
    so the provider's are lengthened where the regime looks at others.
    """
    provider, config, windows = strategy.dp, strategy.config, settings.windows
    live = provider.runmode in TRADE_MODES
    if live:
        stop = int(datetime.now(UTC).timestamp())
    else:
        stop = TimeRange.parse_timerange(config["timerange"]).startts
    first = first_needed(config, windows, stop)
    if live:
        if windows.anchor is not None:
            download_from(provider, config, first)
        drawer.load_from = first
    regime = [settings.regime.timeframe, settings.regime.resample_from]
    others = {tf for tf in regime if tf is not None and tf != config["timeframe"]}
    strategy.dp = LongerHistory(provider, config, first, others if live else None)


def download_from(provider: DataProvider, config: dict[str, Any], first: int) -> None:
    """Download the candles between ``first`` and the first stored ones; FreqAI loads later ones."""
    features = config["freqai"]["feature_parameters"]
    pairs = {*config["exchange"]["pair_whitelist"], *(features["include_corr_pairlist"] or [])}
    data_format = config.get("dataformat_ohlcv", "feather")
    stored = get_datahandler(config["datadir"], data_format)
    kind = config.get("candle_type_def", CandleType.SPOT)
    late = [
        pair
        for pair in sorted(pairs)
        for timeframe in features["include_timeframes"]
        if stored.ohlcv_data_min_max(pair, timeframe, kind)[0].timestamp() > first
    ]
    if not late:
        return
    logger.info("Downloading candles from the anchor of the expanding windows on.")
    refresh_backtest_ohlcv_data(
        provider._exchange,
        pairs=list(dict.fromkeys(late)),
        timeframes=features["include_timeframes"],
        datadir=config["datadir"],
        timerange=TimeRange("date", None, first, 0),
        erase=False,
        data_format=data_format,
        trading_mode=config.get("trading_mode", "spot"),
        prepend=True,
    )
