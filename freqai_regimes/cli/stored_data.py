"""Checks the stored candles of a run before freqtrade starts, and finds the range they allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import (
    FUTURES,
    SPOT,
    candle_path,
    read_candles,
    refuse_long_gaps,
    stored_candles,
    timeframe_seconds,
)
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_sources import source_span
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.features.engine import belongs, warm_up_candles
from freqai_regimes.regimes.rule import warm_up_candles as regime_warm_up_candles

#: A derived range is cut to its last windows, so that a first run ends in minutes.
MOST_DERIVED_WINDOWS = 48
SECONDS_PER_DAY = 86400


@dataclass(frozen=True)
class DerivedRange:
    """The range a backtest may trade, as freqtrade writes it, and how it was found."""

    timerange: str
    reason: str


def check_stored(config: RunConfig, datadir: Path, pairs: list[str], *, futures: bool) -> None:
    """Read every candle file that the run needs, those of sources included.

    Raises
    ------
    CandleError
        If the directory, a pair or a timeframe is missing, or candles are damaged or have a long
        gap.
    """
    if not datadir.is_dir():
        raise CandleError(f"Data directory {datadir} does not exist. Give one with --datadir.")
    kind = FUTURES if futures else SPOT
    stored = {(file.pair, file.timeframe) for file in stored_candles(datadir)}
    for pair in pairs:
        if not any(pair == name for name, _ in stored):
            known = sorted({file.pair for file in stored_candles(datadir)})
            raise CandleError(
                f"No candles of {pair} in {datadir}; it holds {', '.join(known) or 'none'}. "
                "Download them (freqtrade download-data) or choose other pairs."
            )
        for timeframe in config.timeframes:
            candles = read_candles(datadir, pair, timeframe, kind)
            refuse_long_gaps(
                candles, timeframe, f"{pair} {timeframe}", config.settings.longest_gap_hours
            )
        source_span(config, datadir, pair)


def derive_range(
    config: RunConfig, datadir: Path, pairs: list[str], *, futures: bool
) -> DerivedRange:
    """The longest range that leaves enough history before it for indicators and training.

    Raises
    ------
    CandleError
        If the candles are too few for a single window; the text says what is there and needed.
    """
    start, end = _tradable_span(config, datadir, pairs, futures=futures)
    if start >= end:
        raise _too_little_history(config, datadir, start, end)
    reason = "all the data that leave enough history before them"
    if config.model_is_on:
        longest = config.merged["freqai"]["backtest_period_days"] * MOST_DERIVED_WINDOWS
        earliest = (end - pd.Timedelta(days=longest)).ceil("D")
        if earliest > start:
            start = min(earliest, end - pd.Timedelta(days=1))
            reason = f"the last {MOST_DERIVED_WINDOWS} windows; set a timerange for more"
    return DerivedRange(f"{start:%Y%m%d}-{end:%Y%m%d}", reason)


def download_days(config: RunConfig) -> int:
    """Days of candles to download for a backtest of ``MOST_DERIVED_WINDOWS`` windows."""
    regime = config.settings.regime
    regime_warm_up = _candles_long(
        regime_warm_up_candles(regime, regime.average_candles), regime.timeframe
    )
    coarsest = max(config.timeframes, key=timeframe_seconds)
    features_warm_up = _candles_long(warm_up_candles(config.settings.feature_sets), coarsest)
    warm_up = max(regime_warm_up, features_warm_up).total_seconds() / SECONDS_PER_DAY
    windows: float = config.merged["freqai"]["backtest_period_days"] * MOST_DERIVED_WINDOWS
    return math.ceil(_needed_days(config) + warm_up + windows) + 1


def check_range_in_data(
    timerange: str, config: RunConfig, datadir: Path, pairs: list[str], *, futures: bool
) -> None:
    """Refuse a range that begins before indicators and training have their history.

    Where one model learns from all pairs, one of them is enough: others join the pool later.

    Raises
    ------
    CandleError
        Naming the first day that the data allow.
    """
    pooled = config.model_is_on and config.settings.windows.pool == "all"
    start, end = _tradable_span(config, datadir, pairs, futures=futures, pooled=pooled)
    wanted = [pd.Timestamp(part, tz="UTC") for part in timerange.split("-")]
    if start >= end:
        raise _too_little_history(config, datadir, start, end)
    if wanted[0] < start or wanted[0] >= end:
        raise CandleError(
            f"Timerange {timerange} cannot begin on {wanted[0]:%Y-%m-%d}: {datadir} allows "
            f"{start:%Y-%m-%d} to {end:%Y-%m-%d}, as {_what_needs_history(config)} come first. "
            "Choose a range inside that, or load more history."
        )


def stored_period(
    start: pd.Timestamp,
    end: pd.Timestamp,
    config: RunConfig,
    datadir: Path,
    pairs: list[str],
    *,
    futures: bool,
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The part of a period that the stored candles reach, to the minute.

    Raises
    ------
    CandleError
        If they begin too late for its first candle, or end before it.
    """
    kind = FUTURES if futures else SPOT
    pooled = config.model_is_on and config.settings.windows.pool == "all"
    spans = [_allowed_span(config, datadir, pair, kind) for pair in pairs]
    first = (min if pooled else max)(span[0] for span in spans)
    last = min(span[1] for span in spans)
    if start < first or start >= last:
        raise CandleError(
            f"The candles in {datadir} allow {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}, as "
            f"{_what_needs_history(config)} come first; the bot ran from {start:%Y-%m-%d %H:%M} "
            f"to {end:%Y-%m-%d %H:%M}. Download more (freqtrade download-data), give another "
            "--datadir, or a --timerange inside that."
        )
    return start, min(end, last)


def check_timerange(timerange: str) -> None:
    """Refuse a range that freqtrade with FreqAI cannot run: it must have both ends.

    Raises
    ------
    SettingsError
        If it is not written ``YYYYMMDD-YYYYMMDD`` or does not rise.
    """
    try:
        start, end = (
            datetime.strptime(part, "%Y%m%d").replace(tzinfo=UTC) for part in timerange.split("-")
        )
    except ValueError as error:
        raise SettingsError(
            f"Timerange {timerange!r} is not allowed: write both ends as YYYYMMDD-YYYYMMDD."
        ) from error
    if start >= end:
        raise SettingsError(f"Timerange {timerange!r} does not rise: the end comes first.")


def _tradable_span(
    config: RunConfig, datadir: Path, pairs: list[str], *, futures: bool, pooled: bool = False
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last midnight between which every pair, or with ``pooled`` any, may trade."""
    kind = FUTURES if futures else SPOT
    spans = [_allowed_span(config, datadir, pair, kind) for pair in pairs]
    first = (min if pooled else max)(span[0] for span in spans)
    return first.ceil("D"), min(span[1] for span in spans).floor("D")


def _too_little_history(
    config: RunConfig, datadir: Path, start: pd.Timestamp, end: pd.Timestamp
) -> CandleError:
    return CandleError(
        f"Too little history in {datadir}: the candles end on {end:%Y-%m-%d}, but preset "
        f"{config.preset} could trade from {start:%Y-%m-%d} on: {_what_needs_history(config)} come "
        "first. Load more, choose a preset with a shorter window, or switch the model off."
    )


def _what_needs_history(config: RunConfig) -> str:
    days = config.merged["freqai"]["train_period_days"]
    training = f", {days} days of training" if config.model_is_on else ""
    startup = config.merged["startup_candle_count"]
    return f"{startup} candles for indicators{training} and the regime's long average"


def _needed_days(config: RunConfig) -> float:
    base = timeframe_seconds(config.merged["timeframe"])
    days: float = config.merged["startup_candle_count"] * base / SECONDS_PER_DAY
    if config.model_is_on:
        days += config.merged["freqai"]["train_period_days"]
    return days


def _allowed_span(
    config: RunConfig, datadir: Path, pair: str, kind: str
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First moment that may trade and last close, by the candles of one pair."""
    base = config.merged["timeframe"]
    candles = read_candles(datadir, pair, base, kind)["date"]
    end = candles.iloc[-1] + pd.Timedelta(seconds=timeframe_seconds(base))
    starts = [candles.iloc[0] + pd.Timedelta(days=_needed_days(config))]
    if config.model_is_on:
        training = pd.Timedelta(days=config.merged["freqai"]["train_period_days"])
        for timeframe in config.timeframes:
            entries = [e for e in config.settings.feature_sets if belongs(e, timeframe, base)]
            first = read_candles(datadir, pair, timeframe, kind)["date"].iloc[0]
            starts.append(first + _candles_long(warm_up_candles(entries), timeframe) + training)
        begins, ends = source_span(config, datadir, pair)
        if begins is not None and ends is not None:
            base_entries = [e for e in config.settings.feature_sets if belongs(e, base, base)]
            starts.append(begins + _candles_long(warm_up_candles(base_entries), base) + training)
            end = min(end, ends)
    starts.append(_regime_start(config, datadir, pair, kind))
    return max(starts), end


def _regime_start(config: RunConfig, datadir: Path, pair: str, kind: str) -> pd.Timestamp:
    """First moment at which the regime can be known, with the shortest average allowed."""
    regime = config.settings.regime
    shortest = regime.shorter_average_candles or regime.average_candles
    for timeframe in (regime.timeframe, regime.resample_from):
        if timeframe is not None and candle_path(datadir, pair, timeframe, kind).is_file():
            first = read_candles(datadir, pair, timeframe, kind)["date"].iloc[0]
            opens: pd.Timestamp = first.ceil(
                pd.Timedelta(seconds=timeframe_seconds(regime.timeframe))
            )
            return opens + _candles_long(regime_warm_up_candles(regime, shortest), regime.timeframe)
    finer = f" or {regime.resample_from}" if regime.resample_from else ""
    raise CandleError(
        f"No {regime.timeframe}{finer} candles of {pair} in {datadir}, which the regime is decided "
        "on. Download them, or set regimes.regime.timeframe to one that is stored."
    )


def _candles_long(candles: int, timeframe: str) -> pd.Timedelta:
    return pd.Timedelta(seconds=candles * timeframe_seconds(timeframe))
