"""Writes the candles that the same market could have made: blocks in another order, or noise."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import (
    FUTURES,
    MARK,
    SPOT,
    candle_path,
    read_candles,
    resample,
    timeframe_seconds,
    write_candles,
)
from freqai_regimes.cli.backtest_run import RunData
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import check_range_in_data
from freqai_regimes.evidence.candle_noise import noisy_candles
from freqai_regimes.evidence.candle_resampling import resampled_candles
from freqai_regimes.evidence.monte_carlo import SHARE_OF_RANGE


def write_resampled(
    config: RunConfig,
    pairs: list[str],
    data: RunData,
    datadir: Path,
    seed: int,
    options: argparse.Namespace,
) -> None:
    """Write one path of candles in every timeframe of the run; the same seed writes the same.

    Candles after the range are left out. Mark prices of futures are those of the candles; there is
    no funding.

    Raises
    ------
    CandleError
        If the stretch that all pairs share is too short for the range.
    """
    kind, stored = _stored(config, pairs, data, options)
    finest = stored[0]
    last = pd.Timestamp(data.timerange.split("-")[1], tz="UTC")
    candles = {pair: read_candles(data.datadir, pair, finest, kind) for pair in pairs}
    candles = {pair: frame[frame["date"] < last] for pair, frame in candles.items()}
    for pair, frame in resampled_candles(candles, finest, options.block_days, seed).items():
        for timeframe in stored:
            coarse = frame if timeframe == finest else resample(frame, finest, timeframe)
            write_candles(coarse, datadir, pair, timeframe, kind)
        if options.futures:
            hourly = max("1h", finest, key=timeframe_seconds)
            marks = frame if hourly == finest else resample(frame, finest, hourly)
            write_candles(marks, datadir, pair, hourly, MARK)
    check_range_in_data(data.timerange, config, datadir, pairs, futures=options.futures)


def write_noisy(
    config: RunConfig,
    pairs: list[str],
    data: RunData,
    datadir: Path,
    seed: int,
    options: argparse.Namespace,
) -> None:
    """Write the candles of the pairs with noise; the same seed writes the same.

    The run's finest candles are moved, the coarser ones made of them where they reach. Whatever
    else is stored (other pairs, funding, mark prices, kline extras) is linked as it is.
    """
    kind, stored = _stored(config, pairs, data, options)
    finest = stored[0]
    candles = {pair: read_candles(data.datadir, pair, finest, kind) for pair in pairs}
    for pair, frame in noisy_candles(candles, SHARE_OF_RANGE, seed).items():
        for timeframe in stored:
            coarse = frame if timeframe == finest else resample(frame, finest, timeframe)
            before = read_candles(data.datadir, pair, timeframe, kind)
            write_candles(_replaced(before, coarse), datadir, pair, timeframe, kind)
    for path in sorted(data.datadir.rglob("*")):
        link = datadir / path.relative_to(data.datadir)
        if path.is_file() and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())


def _replaced(before: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """``before`` with the prices of the candles that ``moved`` has; dates and volume stay."""
    prices = moved.set_index("date")[["open", "high", "low", "close"]]
    known = before["date"].isin(prices.index)
    after = before.copy()
    after.loc[known, prices.columns] = prices.reindex(before.loc[known, "date"]).to_numpy()
    return after


def _stored(
    config: RunConfig, pairs: list[str], data: RunData, options: argparse.Namespace
) -> tuple[str, list[str]]:
    """Kind of the run's candles, and its timeframes that every pair has, the finest first."""
    kind = FUTURES if options.futures else SPOT
    regime, detail = config.settings.regime, options.timeframe_detail
    own = (regime.timeframe, regime.resample_from, detail)
    wanted = {*config.timeframes, *filter(None, own)}
    return kind, [
        timeframe
        for timeframe in sorted(wanted, key=timeframe_seconds)
        if all(candle_path(data.datadir, pair, timeframe, kind).is_file() for pair in pairs)
    ]
