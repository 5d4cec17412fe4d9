"""``freqai-regimes hyperopt-report``: what the best epoch is worth after all that was tried."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.cli.logged_hyperopt import log_hyperopts
from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.hyperopt_trials import Trial, Verdict, annual, judge, read_trials
from freqai_regimes.evidence.backtest_overfitting import backtest_overfitting
from freqai_regimes.evidence.json_values import json_values

WIDTH = 100  # columns of a terminal
ENOUGH = 0.95


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "hyperopt-report", help="deflated Sharpe ratio of a hyperopt's best epoch"
    )
    parser.add_argument(
        "file", nargs="?", type=Path, help="a .fthypt file; by default the newest of --userdir"
    )
    parser.add_argument(
        "--userdir", type=Path, default=Path("user_data"), help="freqtrade's user directory"
    )
    parser.add_argument("--best", type=int, default=5, help="so many epochs are shown (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the best epochs and the verdict."""
    path = options.file or _newest(options.userdir / "hyperopt_results")
    log_hyperopts(options.userdir)
    trials = read_trials(path)
    verdict = judge(trials)
    choosing = backtest_overfitting(pd.concat([trial.daily for trial in trials], axis=1))
    if options.json:
        plain = {**verdict.to_json(), "overfitting": json_values(choosing)}
        options.json.write_text(json.dumps({"file": str(path), **plain}, indent=1))
    console = Console(width=WIDTH)
    console.print(_table(sorted(trials, key=lambda trial: trial.loss)[: options.best]))
    for sentence in [*_sentences(verdict), choosing.reason]:
        console.print(Text(sentence))
    return 0


def _newest(folder: Path) -> Path:
    found = sorted(folder.glob("*.fthypt"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise RegimesError(
            f"No .fthypt file in {folder}: run freqtrade hyperopt first, or name its result."
        )
    return found[-1]


def _table(trials: list[Trial]) -> Table:
    table = Table(width=WIDTH, pad_edge=False)
    for title in ("epoch", "loss", "trades", "profit", "Sharpe a year"):
        table.add_column(title, justify="right")
    table.add_column("parameters", overflow="fold", ratio=1)
    for trial in trials:
        table.add_row(
            str(trial.epoch),
            f"{trial.loss:.3f}",
            str(trial.trades),
            f"{trial.profit:+.2%}",
            f"{annual(trial.sample.sharpe):+.2f}",
            ", ".join(f"{name} {_short(value)}" for name, value in trial.parameters.items()),
        )
    return table


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _sentences(verdict: Verdict) -> list[str]:
    best = verdict.best.sample
    days = f"{verdict.enough_days:,.0f} days" if math.isfinite(verdict.enough_days) else "no number"
    word = "more" if verdict.dsr >= ENOUGH else "no more"
    return [
        f"Best of {verdict.trials} epochs: {verdict.best.epoch}, over {best.observations} days "
        f"(skewness {best.skewness:+.2f}, kurtosis {best.kurtosis:.2f}).",
        f"Sharpe ratio a year {annual(best.sharpe):+.2f}; above 0 with probability "
        f"{verdict.psr:.3f} (probabilistic Sharpe ratio).",
        f"The best of {verdict.trials} without skill has {annual(verdict.chance):+.2f}, by the "
        f"variance between them ({verdict.variance:.3g} by day).",
        f"Deflated Sharpe ratio {verdict.dsr:.3f}: {word} than chance at {ENOUGH:.0%}. At this "
        f"ratio it takes {days} to tell.",
    ]
