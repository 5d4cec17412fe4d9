"""The preset again on candles that the same market could have made: a candle Monte Carlo."""

from __future__ import annotations

import argparse
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from freqai_regimes.cli.backtest_run import Backtest, run_backtest
from freqai_regimes.cli.other_candles import OtherCandles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.walk_forward_report import WalkForward
from freqai_regimes.errors import RegimesError, SettingsError
from freqai_regimes.evaluation.equity import account_curve, daily_returns_of
from freqai_regimes.evidence.monte_carlo import (
    FEWEST_RUNS,
    NOISY,
    RESAMPLED,
    SHARE_OF_RANGE,
    Kind,
    MonteCarlo,
    monte_carlo,
)
from freqai_regimes.evidence.stationary_bootstrap import annual_sharpe

#: How candles are made, by the option's name. Each path has a user directory of its own, below a
#: folder of that name.
WRITERS: dict[Kind, Callable[[OtherCandles, int], None]] = {
    RESAMPLED: OtherCandles.write_resampled,
    NOISY: OtherCandles.write_noisy,
}


def add_monte_carlo_options(parser: argparse.ArgumentParser) -> None:
    """Add what makes the preset run again on other candles."""
    add = parser.add_argument
    add(
        "--resampled",
        type=int,
        default=0,
        metavar="N",
        help="run the preset again on N markets of resampled candles (at least 5)",
    )
    add("--block-days", type=float, default=20.0, help="mean length of a resampled block (20)")
    add(
        "--noisy",
        type=int,
        default=0,
        metavar="N",
        help="run the preset again, training included, on the same candles with noise of "
        f"{SHARE_OF_RANGE:g} of their usual range, N times (at least 5)",
    )


def check_monte_carlo(config: RunConfig, options: argparse.Namespace) -> None:
    """Refuse what cannot be run on other candles, before anything is run.

    Raises
    ------
    SettingsError
        For too few runs, too short blocks, or blocks of a preset that uses other series than its
        candles.
    """
    for kind in WRITERS:
        count = getattr(options, kind)
        if count and count < FEWEST_RUNS:
            raise SettingsError(f"--{kind} {count}: give at least {FEWEST_RUNS}.")
    if options.block_days < 1:
        raise SettingsError(f"--block-days {options.block_days:g}: give at least 1.")
    if options.resampled and config.model_is_on and config.settings.sources:
        raise SettingsError(
            "--resampled moves candles alone, and this preset also uses sources: give --noisy, "
            "which leaves every date where it is."
        )


def monte_carlo_runs(
    found: WalkForward, pairs: list[str], folder: Path, options: argparse.Namespace
) -> WalkForward:
    """Run the preset on the other candles that were asked for."""
    asked = [kind for kind in WRITERS if getattr(options, kind)]
    made = tuple(_runs(kind, found, pairs, folder, options) for kind in asked)
    return replace(found, monte_carlo=made)


def _runs(
    kind: Kind, found: WalkForward, pairs: list[str], folder: Path, options: argparse.Namespace
) -> MonteCarlo:
    """All runs of a kind; one that was broken off goes on where it stopped."""
    count = getattr(options, kind)
    print(
        f"{kind.capitalize()} candles: {count} runs of the preset with its training; its own took "
        f"{found.own.seconds:.0f} s, less what was stored.",
        flush=True,
    )
    figures, began = [], time.monotonic()
    for seed in range(count):
        print(f"{kind.capitalize()} candles {seed + 1} of {count}", flush=True)
        figures.append(_one(kind, found, pairs, folder / kind / str(seed), seed, options))
        left = (time.monotonic() - began) / (seed + 1) * (count - seed - 1)
        print(f"  Sharpe {figures[-1][0]:.2f}, net {figures[-1][1]:+.1%}; about {left:.0f} s left")
    assert found.own.account is not None and found.own.balance is not None
    daily = daily_returns_of(found.own.account.curve)
    own = float(annual_sharpe(np.asarray(daily, dtype=np.float64))), found.own.balance.net
    return monte_carlo(kind, own, figures)


def _one(
    kind: Kind,
    found: WalkForward,
    pairs: list[str],
    folder: Path,
    seed: int,
    options: argparse.Namespace,
) -> tuple[float, float]:
    """Annual Sharpe ratio and net return on one path.

    Raises
    ------
    RegimesError
        If freqtrade fails on it.
    """
    name = f"{found.config.preset}-{found.data.timerange}-{seed}"
    userdir = options.userdir / kind / name
    datadir = userdir / "candles"
    WRITERS[kind](OtherCandles(found.config, pairs, found.data, datadir, options), seed)
    data = replace(found.data, datadir=datadir)
    backtest = Backtest(folder)
    folder.mkdir(parents=True)
    own: Any = Namespace(**vars(options) | {"userdir": userdir})
    code = run_backtest(found.config, pairs, data, backtest, own, quiet=True)
    if code:
        raise RegimesError(
            f"{kind.capitalize()} candles {seed} failed; see {folder / 'freqtrade.log'}."
        )
    result = backtest.result()
    curve = account_curve(result.trades, result.wallet, result.stats).curve
    daily = np.asarray(daily_returns_of(curve), dtype=np.float64)
    return float(annual_sharpe(daily)), float(np.prod(1 + daily) - 1)
