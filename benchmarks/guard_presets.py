"""Each preset with and without its daily-loss guard, through the real command.

python benchmarks/guard_presets.py [--datadir DIR] [--presets P ...] [--timerange R] [--pairs P ...]

A preset without a guard of its own is run with 3 % a day. Without a data directory the built-in
market is used, on which a profit means nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.cli.run_config import RunConfig, preset_names
from freqai_regimes.evaluation.equity import wallet_equity
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult, read_backtest_result

DEFAULT_LIMIT = 0.03
HEAD = (
    f"{'preset':<14}{'daily loss':>11}{'trades':>8}{'profit':>9}{'drawdown':>10}{'worst day':>11}"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datadir", type=Path, help="a freqtrade data directory")
    parser.add_argument("--presets", nargs="+", default=preset_names())
    parser.add_argument("--timerange", help="YYYYMMDD-YYYYMMDD")
    parser.add_argument("--pairs", nargs="+", help="all that are stored")
    given = parser.parse_args()
    print(HEAD)
    for preset in given.presets:
        own = RunConfig.load(preset, futures=False, model=True, own=()).settings.guards.daily_loss
        limit = own or DEFAULT_LIMIT
        with tempfile.TemporaryDirectory() as name:
            for guards in ({"daily_loss": None}, {"daily_loss": limit, "close_positions": True}):
                result = backtest(Path(name), preset, guards, given)
                print(row(preset, guards["daily_loss"], result), flush=True)
    return 0


def backtest(
    folder: Path, preset: str, guards: dict[str, Any], given: argparse.Namespace
) -> BacktestResult:
    """One run; the second one finds the first one's predictions."""
    path = folder / "guards.json"
    path.write_text(json.dumps({"regimes": {"guards": guards}}))
    words = ["backtest", "--preset", preset, "--config", str(path)]
    words += ["--userdir", str(folder / "user_data")]
    if given.datadir:
        words += ["--datadir", str(given.datadir)]
    if given.timerange:
        words += ["--timerange", given.timerange]
    if given.pairs:
        words += ["--pairs", *given.pairs]
    code = "import sys; from freqai_regimes.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{preset} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    newest = max((folder / "user_data" / "runs").iterdir(), key=lambda run: run.stat().st_mtime)
    return read_backtest_result(newest, "RegimeStrategy")


def row(preset: str, limit: float | None, result: BacktestResult) -> str:
    """One line of the table; drawdown and worst day (UTC) count open positions at candle opens."""
    assert result.wallet is not None
    equity = wallet_equity(result.wallet)
    drawdown = float((1 - equity / equity.cummax()).max())
    begins = equity.groupby(pd.DatetimeIndex(equity.index).normalize()).first()
    ends = begins.shift(-1, fill_value=float(equity.iloc[-1]))
    worst = float((ends / begins - 1).min())
    shown = "off" if limit is None else f"{100 * limit:g} %"
    stats = result.stats
    return (
        f"{preset:<14}{shown:>11}{stats['total_trades']:>8}{stats['profit_total']:>+9.2%}"
        f"{drawdown:>10.2%}{worst:>+11.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
