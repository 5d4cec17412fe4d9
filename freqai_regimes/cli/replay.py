"""``freqai-regimes replay``: the real bot over stored candles, beside its backtest."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from freqai_regimes.candles import FUTURES, SPOT, stored_candles, timeframe_seconds
from freqai_regimes.cli.backtest_run import add_backtest_options, prepare
from freqai_regimes.cli.options import load_run
from freqai_regimes.cli.replay_causes import compared
from freqai_regimes.cli.replay_run import ReplayRun, replay
from freqai_regimes.cli.run_config import new_run_folder
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.parity.page import comparison_page
from freqai_regimes.parity.terminal import print_comparison

#: How long a replay is by default: it retrains as often as the bot does.
DEFAULT_DAYS = 1


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "replay", help="step the real bot through stored candles and compare with its backtest"
    )
    add_backtest_options(parser)
    parser.add_argument("--strategy", default="RegimeStrategy", help="or BaselineStrategy")
    parser.add_argument(
        "--restart-at",
        action="append",
        default=[],
        metavar="YYYYMMDDTHHMM",
        help="stop the bot there and start it again (UTC); may be given several times",
    )
    parser.add_argument(
        "--cadence",
        choices=("live", "preset"),
        default="live",
        help="live: backtest windows as the bot retrains; preset: backtest_period_days as it is",
    )
    parser.add_argument("--json", type=Path, help="write everything found here")
    parser.add_argument("--html", type=Path, help="write the page here (else in the run's folder)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay and compare; 1 if anything differs that is not on the closed list of three."""
    began = time.monotonic()
    config, pairs = load_run(options)
    folder = new_run_folder(options.userdir, f"replay_{config.preset}")
    data = prepare(config, pairs, options, folder)
    start, end = _range(data.timerange, given=options.timerange is not None)
    run = ReplayRun(
        config=config,
        pairs=pairs,
        datadir=data.datadir,
        start=start,
        end=end,
        folder=folder,
        userdir=options.userdir,
        futures=options.futures,
        strategy=options.strategy,
        detail=options.timeframe_detail,
        own_cadence=options.cadence == "preset",
        fee=options.fee,
    )
    run = run.restarted_at([_moment(text) for text in options.restart_at])
    _check_detail(run)
    with _progress(run.candles) as told:
        live, backtest = replay(run, told)
    found = compared(run, live, backtest)
    currency = str(config.merged["stake_currency"])
    print_comparison(found, Console(), currency=currency)
    title = f"Replay of {config.preset}, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    page = options.html or folder / "replay.html"
    page.write_text(comparison_page(found, title, currency=currency), encoding="utf-8")
    (options.json or folder / "replay.json").write_text(json.dumps(found.to_json(), indent=1))
    print(f"Page: {page}")
    took = time.monotonic() - began
    print(f"Took {took:.0f} s, {run.candles * len(pairs) / took:.1f} candles a second.")
    return found.exit_code


def _range(timerange: str, *, given: bool) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last moment; of a range that nobody gave the last day."""
    start, end = (pd.Timestamp(part, tz="UTC") for part in timerange.split("-"))
    if not given:
        start = max(start, end - pd.Timedelta(days=DEFAULT_DAYS))
        print(f"Replayed is the last day of it, from {start:%Y-%m-%d %H:%M} UTC on.")
    return start, end


def _moment(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(text, tz="UTC")
    except ValueError as error:
        raise SettingsError(
            f"Moment {text!r} is not one: write it as YYYYMMDDTHHMM, in UTC."
        ) from error


def _check_detail(run: ReplayRun) -> None:
    """Refuse finer looks where candles for them are not stored.

    Raises
    ------
    SettingsError, CandleError
        If the detail is none, does not divide the base timeframe, or a pair has no such candles.
    """
    if run.detail is None:
        return
    fine, base = timeframe_seconds(run.detail), timeframe_seconds(run.timeframe)
    if fine >= base or base % fine:
        raise SettingsError(
            f"--timeframe-detail {run.detail} does not divide {run.timeframe}: use 1m, or leave "
            "it out."
        )
    kind = FUTURES if run.futures else SPOT
    files = [file for file in stored_candles(run.datadir) if file.candle_type == kind]
    stored = {file.pair for file in files if file.timeframe == run.detail}
    missing = [pair for pair in run.pairs if pair not in stored]
    if missing:
        raise CandleError(
            f"No {run.detail} candles of {', '.join(missing)} in {run.datadir}, which "
            "--timeframe-detail needs: download them, or leave it out."
        )


@contextmanager
def _progress(candles: int) -> Iterator[Callable[[int], None]]:
    """A bar with the time left; where the screen is no terminal, a line each tenth."""
    console = Console(stderr=True)
    shown = [0]
    with Progress(
        TextColumn("stepping the bot"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} candles"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=candles)

        def told(done: int) -> None:
            progress.update(task, completed=done)
            if not console.is_terminal and 10 * done // candles > shown[0]:
                shown[0] = 10 * done // candles
                print(f"{done} of {candles} candles stepped", file=sys.stderr)

        yield told
