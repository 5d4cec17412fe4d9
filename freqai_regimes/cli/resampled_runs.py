"""The preset again on candles that the same market could have made: a candle Monte Carlo."""

from __future__ import annotations

import argparse
import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
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
from freqai_regimes.cli.backtest_run import Backtest, RunData, run_backtest
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import check_range_in_data
from freqai_regimes.cli.walk_forward_report import WalkForward
from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.evaluation.equity import account_curve, daily_returns_of
from freqai_regimes.evidence.candle_resampling import resampled_candles
from freqai_regimes.evidence.monte_carlo import FEWEST_RUNS, monte_carlo
from freqai_regimes.evidence.stationary_bootstrap import annual_sharpe

FOLDER = "resampled"  # below the user directory: one user directory for each path of candles


def check_resampling(config: RunConfig, options: argparse.Namespace) -> None:
    """Refuse what cannot be resampled, before anything is run.

    Raises
    ------
    SettingsError
        For too few paths, too short blocks, or a preset that uses other series than its candles.
    """
    if options.resampled and options.resampled < FEWEST_RUNS:
        raise SettingsError(f"--resampled {options.resampled}: give at least {FEWEST_RUNS}.")
    if options.block_days < 1:
        raise SettingsError(f"--block-days {options.block_days:g}: give at least 1.")
    if options.resampled and config.model_is_on and config.settings.sources:
        raise SettingsError("--resampled moves candles alone; this preset also uses sources.")


def resampled_runs(
    found: WalkForward, pairs: list[str], folder: Path, options: argparse.Namespace
) -> WalkForward:
    """Run the preset on ``--resampled`` paths; a broken-off path goes on where it stopped."""
    figures, began = [], time.monotonic()
    for seed in range(options.resampled):
        print(f"Resampled candles {seed + 1} of {options.resampled}", flush=True)
        figures.append(_one(found, pairs, folder / FOLDER / str(seed), seed, options))
        left = (time.monotonic() - began) / (seed + 1) * (options.resampled - seed - 1)
        print(f"  Sharpe {figures[-1][0]:.2f}, net {figures[-1][1]:+.1%}; about {left:.0f} s left")
    assert found.own.account is not None and found.own.balance is not None
    daily = daily_returns_of(found.own.account.curve)
    own = float(annual_sharpe(np.asarray(daily, dtype=np.float64))), found.own.balance.net
    return replace(found, monte_carlo=(monte_carlo("resampled", own, figures),))


def _one(
    found: WalkForward, pairs: list[str], folder: Path, seed: int, options: argparse.Namespace
) -> tuple[float, float]:
    """Annual Sharpe ratio and net return on one path.

    Raises
    ------
    RegimesError
        If freqtrade fails on it.
    """
    name = f"{found.config.preset}-{found.data.timerange}-{seed}"
    userdir = options.userdir / FOLDER / name
    datadir = userdir / "candles"
    write_path(found.config, pairs, found.data, datadir, seed, options)
    data = replace(found.data, datadir=datadir)
    backtest = Backtest(folder)
    folder.mkdir(parents=True)
    own = Namespace(**vars(options) | {"userdir": userdir})
    code = run_backtest(found.config, pairs, data, backtest, own, quiet=True)
    if code:
        raise RegimesError(f"Resampled candles {seed} failed; see {folder / 'freqtrade.log'}.")
    result = backtest.result()
    curve = account_curve(result.trades, result.wallet, result.stats).curve
    daily = np.asarray(daily_returns_of(curve), dtype=np.float64)
    return float(annual_sharpe(daily)), float(np.prod(1 + daily) - 1)


def write_path(
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
    kind = FUTURES if options.futures else SPOT
    regime = config.settings.regime
    wanted = {*config.timeframes, *filter(None, (regime.timeframe, regime.resample_from))}
    stored = [
        timeframe
        for timeframe in sorted(wanted, key=timeframe_seconds)
        if all(candle_path(data.datadir, pair, timeframe, kind).is_file() for pair in pairs)
    ]
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
