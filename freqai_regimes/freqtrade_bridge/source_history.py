"""The whole history of each source: what is stored, and in a running bot what came since."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.data.dataprovider import DataProvider
from freqtrade.data.history.history_utils import _download_pair_history, load_pair_history
from freqtrade.enums import TRADE_MODES, CandleType
from freqtrade.exceptions import OperationalException

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError
from freqai_regimes.external_series import read_series
from freqai_regimes.freqtrade_bridge.kline_download import fetch_kline_extras
from freqai_regimes.freqtrade_bridge.source_series import EXTRAS, FILE, Series
from freqai_regimes.sources.kline_extras import extras_path, merged, read_extras, write_extras
from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import training_span


class SourceHistory:
    """Gives each series from its first stored row on, the same rows in backtest and live.

    Live, freqtrade's data provider holds about a thousand candles, FreqAI's training frames are
    longer. So the stored history is read and, as FreqAI does for its own candles, brought up to
    date from the exchange when the bot starts; candles that close later come from the data
    provider, kline extras from the exchange.
    """

    def __init__(self, config: dict[str, Any], windows: WindowSettings) -> None:
        self._config = config
        self._windows = windows
        self._kept: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._files: dict[Path, tuple[float, pd.DataFrame]] = {}
        self._lock = threading.RLock()  # FreqAI trains on a thread of its own

    def frame(self, series: Series, provider: DataProvider, until: pd.Timestamp) -> pd.DataFrame:
        """All rows of a series, ``date`` rising, at least those dated up to ``until`` that exist.

        Raises
        ------
        CandleError, SettingsError
            If nothing is stored and nothing can be had; the text says what to do.
        """
        with self._lock:
            if series.candle_type == FILE:
                return self._file(series)
            key = (series.pair, series.timeframe, series.candle_type)
            live = provider.runmode in TRADE_MODES
            kept = self._kept.get(key)
            if kept is None:
                kept = self._started(series, provider) if live else self._stored(series)
            if live:
                kept = self._renewed(kept, series, provider, until)
            self._kept[key] = kept
            return kept

    def _file(self, series: Series) -> pd.DataFrame:
        """The user's own file, read again whenever it has changed."""
        path = series.options.path
        assert path is not None
        written = path.stat().st_mtime if path.is_file() else 0.0
        if path not in self._files or self._files[path][0] != written:
            options = series.options
            frame = read_series(path, date_column=options.date_column, columns=options.columns)
            self._files[path] = (written, frame)
        return self._files[path][1]

    def _stored(self, series: Series) -> pd.DataFrame:
        """What the data directory holds, without rows that fill gaps."""
        datadir = Path(self._config["datadir"])
        if series.candle_type == EXTRAS:
            return read_extras(datadir, series.pair, series.timeframe)
        frame = self._loaded(series)
        if frame.empty:
            futures = " --trading-mode futures" if series.candle_type != CandleType.SPOT else ""
            raise CandleError(
                f"No candles for source {series.name} in {datadir}: download them (freqtrade "
                f"download-data{futures} --pairs {series.pair} -t {series.timeframe} ...), or "
                "remove the source."
            )
        return frame

    def _loaded(self, series: Series) -> pd.DataFrame:
        frame: pd.DataFrame = load_pair_history(
            pair=series.pair,
            timeframe=series.timeframe,
            datadir=Path(self._config["datadir"]),
            fill_up_missing=False,
            data_format=self._config.get("dataformat_ohlcv", "feather"),
            candle_type=CandleType.from_string(series.candle_type),
        )
        return frame if frame.empty else _in_nanoseconds(frame)

    # --- live ------------------------------------------------------------------------------------

    def _started(self, series: Series, provider: DataProvider) -> pd.DataFrame:
        """The stored history, downloaded as far as it lacks what training needs."""
        begins = self._training_begins(series)
        if series.candle_type == EXTRAS:
            return self._started_extras(series, provider, begins)
        stored = self._loaded(series)
        step = pd.Timedelta(seconds=timeframe_seconds(series.timeframe))
        if not stored.empty and stored["date"].iloc[0] > begins + step:
            self._download(series, provider, begins, prepend=True)
        return self._downloaded(series, provider, begins)

    def _downloaded(
        self, series: Series, provider: DataProvider, begins: pd.Timestamp
    ) -> pd.DataFrame:
        """The stored history brought up to date, without the candle that is still running."""
        self._download(series, provider, begins)
        closed = pd.Timestamp(datetime.now(UTC)) - series.known_after
        stored = self._stored(series)
        return stored[stored["date"] <= closed]

    def _training_begins(self, series: Series) -> pd.Timestamp:
        """The first moment that a training frame of now, with its warm-up, can ask for."""
        freqai = self._config["freqai"]
        timeframes = freqai["feature_parameters"]["include_timeframes"]
        coarsest = max(timeframe_seconds(timeframe) for timeframe in timeframes)
        seconds = 2 * self._config["startup_candle_count"] * coarsest
        lead = series.options.longest_age + series.known_after
        now = int(datetime.now(UTC).timestamp())
        days: int = freqai["train_period_days"]
        start = training_span(self._windows, days, now).start
        if start == 0:  # all there are: what is stored, and a rolling window at the least
            start = training_span(WindowSettings(), days, now).start
        return pd.Timestamp(start - seconds, unit="s", tz="UTC") - lead

    def _download(
        self, series: Series, provider: DataProvider, begins: pd.Timestamp, prepend: bool = False
    ) -> None:
        _download_pair_history(
            series.pair,
            datadir=Path(self._config["datadir"]),
            exchange=_exchange(provider),
            timeframe=series.timeframe,
            timerange=TimeRange("date", None, int(begins.timestamp())),
            candle_type=CandleType.from_string(series.candle_type),
            prepend=prepend,
        )

    def _started_extras(
        self, series: Series, provider: DataProvider, begins: pd.Timestamp
    ) -> pd.DataFrame:
        datadir = Path(self._config["datadir"])
        if extras_path(datadir, series.pair, series.timeframe).is_file():
            stored = read_extras(datadir, series.pair, series.timeframe)
            if stored["date"].iloc[0] <= begins:
                begins = stored["date"].iloc[-1]
        now = pd.Timestamp(datetime.now(UTC)) - series.known_after
        new = fetch_kline_extras(_exchange(provider), series.pair, series.timeframe, begins, now)
        if not new.empty:
            write_extras(new, datadir, series.pair, series.timeframe)
        return read_extras(datadir, series.pair, series.timeframe)

    def _renewed(
        self, kept: pd.DataFrame, series: Series, provider: DataProvider, until: pd.Timestamp
    ) -> pd.DataFrame:
        """The history with the rows that came since."""
        last = kept["date"].iloc[-1]
        if series.candle_type == EXTRAS:
            if last >= until:
                return kept
            exchange = _exchange(provider)
            extras = fetch_kline_extras(exchange, series.pair, series.timeframe, last, until)
            return merged(kept, extras)
        new: pd.DataFrame = provider.get_pair_dataframe(
            series.pair, series.timeframe, series.candle_type
        )
        if new.empty or new["date"].iloc[-1] == last:
            return kept
        step = pd.Timedelta(seconds=timeframe_seconds(series.timeframe))
        if new["date"].iloc[0] > last + step and series.candle_type != CandleType.FUNDING_RATE:
            kept = self._downloaded(series, provider, last)
        new = _in_nanoseconds(new)
        before = kept[kept["date"] < new["date"].iloc[0]]
        both: pd.DataFrame = pd.concat([before, new], ignore_index=True)
        return both


def _exchange(provider: DataProvider) -> Any:
    if provider._exchange is None:
        raise OperationalException("Sources need freqtrade's exchange in a running bot.")
    return provider._exchange


def _in_nanoseconds(frame: pd.DataFrame) -> pd.DataFrame:
    """Dates of stored and of new candles in one unit and one kind of UTC."""
    same: pd.DataFrame = frame.assign(date=frame["date"].dt.tz_convert("UTC").dt.as_unit("ns"))
    return same
