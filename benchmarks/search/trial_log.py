"""Appends each trial of the search to the log of runs that the commands keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from freqai_regimes.evidence.run_log import LoggedRun, candle_months, log_run
from search.blocks import Block
from search.candidate import Trial


def log_trial(trial: Trial, blocks: Sequence[Block], userdir: Path) -> None:
    """One line a block, so that candles and results belong together."""
    for block in blocks:
        account = trial.accounts[block.name]
        closes = {
            pair: frame.set_index("date")["close"] for pair, frame in block.candles("4h").items()
        }
        daily = account.daily
        result = {
            "net": account.net,
            "sharpe_per_day": float(daily.mean() / daily.std()) if daily.std() > 0 else 0.0,
            "days": len(daily),
            "trades": account.trades,
            "drawdown": account.drawdown,
            "gain": trial.gain.difference,
        }
        run = LoggedRun(
            command="moonshot",
            preset="regime-4h",
            settings=trial.candidate.name,
            months=candle_months(closes, block.timerange),
            timerange=block.timerange,
            pairs=block.pairs,
            result=result,
            arm=trial.candidate.direction,
        )
        log_run(userdir, run)
