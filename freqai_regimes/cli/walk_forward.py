"""``freqai-regimes walk-forward``: the preset beside its controls, and what it is worth."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from freqai_regimes.cli.backtest_run import Backtest, RunData, add_backtest_options, prepare
from freqai_regimes.cli.logged_backtest import months_of
from freqai_regimes.cli.logged_hyperopt import log_hyperopts
from freqai_regimes.cli.monte_carlo_runs import (
    add_monte_carlo_options,
    check_monte_carlo,
    monte_carlo_runs,
)
from freqai_regimes.cli.options import load_run
from freqai_regimes.cli.run_config import RunConfig, new_run_folder, one_at_a_time
from freqai_regimes.cli.walk_forward_arms import (
    NAMES,
    PRESET,
    Arm,
    arms_of,
    fee_of,
    hold_arm,
    run_arm,
)
from freqai_regimes.cli.walk_forward_grid import (
    add_grid_option,
    check_points,
    points_of,
    run_points,
)
from freqai_regimes.cli.walk_forward_report import WalkForward, assessed, print_all, write_all
from freqai_regimes.evaluation.arms import ArmResult
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evidence.run_log import read_runs, trials
from freqai_regimes.evidence.setting_grid import setting_grid

FAILED = 1


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "walk-forward", help="the preset beside its controls, with statistics and a verdict"
    )
    add_backtest_options(parser)
    parser.add_argument(
        "--arms",
        nargs="+",
        choices=NAMES,
        default=list(NAMES),
        metavar="ARM",
        help=f"beside the preset and buy and hold; by default all of {', '.join(NAMES[1:])}",
    )
    add_grid_option(parser)
    add_monte_carlo_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run every arm, then the report; 1 if an arm failed, though the others are shown."""
    began = time.monotonic()
    config, pairs = load_run(options)
    check_monte_carlo(config, options)
    arms, points = arms_of(config, options, options.arms), points_of(config, options.grid)
    folder = new_run_folder(options.userdir, f"walk-forward_{config.preset}")
    data = prepare(config, pairs, options, folder)
    check_points(points, pairs, data, options)
    with one_at_a_time(options.userdir), _said_when_broken_off():
        results, backtest = _run_arms(arms, pairs, data, folder, options)
        not_run = {
            arm.name: f"it makes the trades of {arm.same_as!r}" for arm in arms if arm.same_as
        }
        grid = run_points(points, results[0], pairs, data, folder, options)
        found = _found(config, pairs, data, results, backtest, not_run, options)
        if grid:
            found = replace(found, grid=setting_grid(found.own, grid, found.tried.count))
        if found.ran:
            found = monte_carlo_runs(found, pairs, folder, options)
    found = assessed(found)
    print_all(found)
    for path in write_all(found, folder):
        print(path)
    print(f"Took {time.monotonic() - began:.0f} s.")
    every = [*found.results, *(found.grid.points if found.grid else ())]
    failed = found.no_statistics or any(result.failed for result in every)
    return FAILED if failed else 0


@contextmanager
def _said_when_broken_off() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print("Broken off. The same command goes on with the windows that are not trained yet.")
        raise


def _run_arms(
    arms: list[Arm],
    pairs: list[str],
    data: RunData,
    folder: Path,
    options: argparse.Namespace,
) -> tuple[list[ArmResult], Backtest]:
    """Each arm's result, in order, and the first one's backtest."""
    results: dict[str, ArmResult] = {}
    backtests = []
    wanted = [arm for arm in arms if not arm.same_as]
    for place, arm in enumerate(wanted, start=1):
        print(f"Arm {place} of {len(wanted)}: {arm.name}", flush=True)
        results[arm.name], backtest = run_arm(arm, pairs, data, folder, options)
        backtests.append(backtest)
        seconds, left = results[arm.name].seconds, len(wanted) - place
        guess = "" if arm.config.model_is_on else f", about {left * seconds:.0f} s"
        print(f"  took {seconds:.0f} s" + (f"; {left} to go{guess}" if left else ""), flush=True)
    return [results[arm.name] for arm in wanted], backtests[0]


def _found(
    config: RunConfig,
    pairs: list[str],
    data: RunData,
    results: list[ArmResult],
    backtest: Backtest,
    not_run: dict[str, str],
    options: argparse.Namespace,
) -> WalkForward:
    """All that was run, with buy and hold, and how many configurations were tried before."""
    log_hyperopts(options.userdir)
    months = months_of(config, pairs, data, futures=options.futures)
    tried = trials(read_runs(options.userdir).runs, months)
    own = results[0]
    if own.name == PRESET and not own.failed:
        _mark(backtest.record, built_in=data.built_in)
        start, end = (own.stats[f"backtest_{side}_ts"] for side in ("start", "end"))
        record = read_record(backtest.record).between(start, end)
        fee = fee_of(results, config.settings, options.fee)
        balance = float(own.stats["starting_balance"])
        results = [*results, hold_arm(record, balance, fee, data, options)]
    return WalkForward(config, data, tuple(results), backtest, tried, not_run)


def _mark(record: Path, *, built_in: bool) -> None:
    """Say in the record whether the market was made up."""
    path = record / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"built_in_market": built_in}))
