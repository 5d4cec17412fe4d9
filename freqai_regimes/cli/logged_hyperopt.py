"""Writes what freqtrade's hyperopt tried into the log of runs: each of its epochs is a try."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.hyperopt_trials import judge, read_trials
from freqai_regimes.evidence.run_log import ANY, LoggedRun, log_run, read_runs

FOLDER = "hyperopt_results"  # freqtrade's, below the user directory


def log_hyperopts(userdir: Path) -> None:
    """Log every result file of hyperopt that is not logged yet, or has grown since."""
    logged = {(run.settings, run.time) for run in read_runs(userdir).runs}
    for path in sorted((userdir / FOLDER).glob("*.fthypt")):
        if (path.stem, _written(path)) in logged:
            continue
        try:
            log_run(userdir, _logged(path))
        except RegimesError as error:
            print(f"Not counted: {error}")


def _logged(path: Path) -> LoggedRun:
    """The file as one run of many configurations; its candles are known by pair and month alone."""
    trials = read_trials(path)
    with path.open(encoding="utf-8") as file:
        stats = json.loads(file.readline())["results_metrics"]
    first, last = (pd.Timestamp(stats[f"backtest_{end}_ts"], unit="ms") for end in ("start", "end"))
    pairs = tuple(stats.get("pairlist") or ())
    months = [str(month) for month in pd.period_range(first, last, freq="M")]
    best = judge(trials).best
    result: dict[str, Any] = {
        "net": best.profit,
        "sharpe_per_day": best.sample.sharpe,
        "days": best.sample.observations,
        "trades": best.trades,
    }
    return LoggedRun(
        command="hyperopt",
        preset="",
        settings=path.stem,
        months=tuple(f"{pair} {month} {ANY}" for pair in pairs for month in months),
        timerange=f"{first:%Y%m%d}-{last:%Y%m%d}",
        pairs=pairs,
        result=result,
        configurations=len({json.dumps(t.parameters, sort_keys=True) for t in trials}),
        time=_written(path),
    )


def _written(path: Path) -> str:
    """When the file was written last, as the log has times."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
