"""``freqai-regimes runs``: what was tried so far, on which candles, and how often."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from freqai_regimes.cli.logged_hyperopt import log_hyperopts
from freqai_regimes.evaluation.daily_returns import DAYS_PER_YEAR
from freqai_regimes.evaluation.wording import count, number, percent
from freqai_regimes.evidence.run_log import FILE, LoggedRun, RunLog, read_runs, trials

WIDTH = 150  # a line each, however narrow the terminal


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "runs", help="every backtest that was logged, and how many settings were tried"
    )
    parser.add_argument(
        "--userdir", type=Path, default=Path("user_data"), help="freqtrade's user directory"
    )
    parser.add_argument("--last", type=int, default=20, help="so many are shown (20); 0: all")
    parser.add_argument("--json", action="store_true", help="as JSON lines")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the newest runs and the number of tries."""
    log_hyperopts(options.userdir)
    log = read_runs(options.userdir)
    shown = log.runs[-options.last :] if options.last > 0 else log.runs
    if options.json:
        for each in shown:
            print(json.dumps(vars(each) | {"data": each.data}, default=str))
        return 0
    if not log.runs:
        print(f"No run is logged in {options.userdir / FILE}.")
        return 0
    Console(width=WIDTH).print(_table(shown))
    for sentence in _sentences(log, options.userdir / FILE):
        print(sentence)
    return 0


def _table(runs: tuple[LoggedRun, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in ("time (UTC)", "command", "preset", "settings", "data", "timerange"):
        table.add_column(head, no_wrap=True)
    for head in ("tries", "net", "Sharpe a year", "drawdown", "trades"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in runs:
        ratio = each.result.get("sharpe_per_day")
        table.add_row(
            each.time[:16].replace("T", " "),
            each.command + (f": {each.arm}" if each.arm else ""),
            each.preset,
            each.settings,
            each.data,
            each.timerange,
            count(each.configurations),
            percent(each.result.get("net"), sign=True),
            number(None if ratio is None else ratio * math.sqrt(DAYS_PER_YEAR), sign=True),
            percent(each.result.get("drawdown")),
            count(each.result.get("trades")),
        )
    return table


def _sentences(log: RunLog, path: Path) -> list[str]:
    newest = log.runs[-1]
    said = [f"{len(log.runs)} runs in {path}; on the candles of the last one:"]
    said.append(trials(log.runs, newest.months).reason)
    if log.damaged:
        lines = ", ".join(map(str, log.damaged))
        said.append(f"Not readable, as after a kill: line {lines}; left out.")
    return said
