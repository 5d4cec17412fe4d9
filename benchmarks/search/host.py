"""Runs the real ``freqai-regimes backtest`` and reads what its account did day by day."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.evaluation.equity import drawdown, wallet_equity
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult, read_backtest_result
from search.account import sharpe

COMMAND = "import sys; from freqai_regimes.cli.main import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class HostRun:
    """A backtest of freqtrade: its result, its folder, and the account day by day."""

    result: BacktestResult
    folder: Path
    daily: pd.Series
    drawdown: float

    @property
    def windows(self) -> list[dict[str, Any]]:
        """What the run noted of each training window."""
        noted: list[dict[str, Any]] = read_record(self.folder / "record").run["windows"]
        return noted

    @property
    def net(self) -> float:
        """Profit as a fraction of the balance."""
        return float(self.result.stats["profit_total"])

    @property
    def sharpe(self) -> float:
        """Of the daily wallet, positions valued at the open of 00:00 UTC."""
        return sharpe(self.daily)


def backtest(
    folder: Path, words: Sequence[str], own: dict[str, Any], strategy: str = "RegimeStrategy"
) -> HostRun:
    """Run the command in ``folder`` (one per configuration) with settings of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "own.json"
    path.write_text(json.dumps(own))
    arguments = ["backtest", *words, "--strategy", strategy, "--config", str(path)]
    arguments += ["--userdir", str(folder / "user_data")]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    newest = max((folder / "user_data" / "runs").iterdir(), key=lambda run: run.stat().st_mtime)
    result = read_backtest_result(newest, strategy)
    assert result.wallet is not None
    equity = wallet_equity(result.wallet)
    daily = equity.groupby(pd.DatetimeIndex(equity.index).floor("D")).first()
    ends = daily.shift(-1, fill_value=float(equity.iloc[-1]))
    return HostRun(result, newest, ends / daily - 1, float(drawdown(equity).min()))
