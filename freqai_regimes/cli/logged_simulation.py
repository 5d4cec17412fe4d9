"""Writes a grid of ``simulate`` into the log of runs: each pair of thresholds is a try."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from freqai_regimes.cli.scored_candles import Scored, between
from freqai_regimes.evaluation.threshold_grid import GridResult
from freqai_regimes.evidence.run_log import ANY, LoggedRun, log_run
from freqai_regimes.settings import settings_hash


def log_simulation(
    userdir: Path,
    scored: Scored,
    found: GridResult,
    span: tuple[pd.Timestamp | None, pd.Timestamp | None],
    fills: tuple[float, str],
) -> None:
    """Add a grid to the log as one run of as many configurations as it has points.

    Its candles are known by pair and month alone: a record holds those of its range, which need not
    be whole months, so that their digest would say nothing. The same grid over the same scores
    again is no new try.

    Parameters
    ----------
    span : from when to before when the thresholds were chosen.
    fills : cost of a side, and where trades fill.
    """
    frames = dict(zip(scored.frames, between(scored, *span), strict=True))
    first = min(frame["date"].iloc[0] for frame in frames.values())
    last = max(frame["date"].iloc[-1] for frame in frames.values())
    own = {pair: pd.DatetimeIndex(f["date"]).strftime("%Y-%m") for pair, f in frames.items()}
    said = [frame[scored.score].to_numpy(dtype=float).tobytes() for frame in frames.values()]
    best = found.choices[0]
    tried = sorted((one.buy_threshold, one.sell_threshold) for one in found.choices)
    log_run(
        userdir,
        LoggedRun(
            command="simulate",
            preset="",
            settings=settings_hash(
                scored.score,
                hashlib.sha256(b"".join(said)).hexdigest(),
                (found.direction, fills, tried),
            ),
            months=tuple(f"{pair} {month} {ANY}" for pair in own for month in own[pair].unique()),
            timerange=f"{first:%Y%m%d}-{last + pd.Timedelta(days=1):%Y%m%d}",
            pairs=tuple(frames),
            result={
                "net": best.performance[found.direction].total_return,
                "sharpe_per_day": best.sample.sharpe,
                "days": best.sample.observations,
                "trades": best.performance[found.direction].transactions,
            },
            configurations=len(tried),
        ),
    )
