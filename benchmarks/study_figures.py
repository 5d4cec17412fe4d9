"""The figures of the first study, model off, by the project itself beside the study's own.

    REGIMES_DATA=path/to/data python benchmarks/study_figures.py

Each block is run through ``freqai-regimes backtest --model off`` (freqtrade's engine) and through
``search.account`` (the vectorised account of the search), at 0.11 % a side. Sharpe ratios are of
the daily wallet (00:00 UTC, open positions included), times the root of 365.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from search.blocks import BLOCKS, SPOT_COST, Block
from search.host import HostRun, backtest
from search.rule_arm import TIMEFRAME, held_account, rule_account

from freqai_regimes.candles import resample, write_candles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import derive_range
from freqai_regimes.errors import CandleError

NO_STOP = {"stoploss": -0.99}


@dataclass(frozen=True)
class Figures:
    """One line of the table; fractions."""

    net: float
    sharpe: float
    drawdown: float
    trades: int | None = None

    def text(self) -> str:
        """As columns of the table."""
        trades = "" if self.trades is None else str(self.trades)
        return f"{self.net:>+8.1%}{self.sharpe:>7.2f}{self.drawdown:>8.1%}{trades:>7}"


#: Table "Q6 shipped default" of the study: buy and hold, and arm D.
STUDY = {
    "BTC/ETH 2018-09..2021-07": (Figures(5.09, 1.17, -0.64), Figures(4.70, 2.12, -0.22, 35)),
    "10 coins 2021-02..2021-07": (Figures(-0.15, 0.30, -0.60), Figures(0.063, 0.79, -0.065, 53)),
    "9 coins 2024-03..2024-09": (Figures(-0.33, -0.83, -0.45), Figures(-0.120, -2.65, -0.13, 60)),
    "BTC/ETH/SOL 2024-04..2024-12": (Figures(0.165, 0.65, -0.32), Figures(0.063, 0.50, -0.17)),
    "BTC/ETH/SOL 2025": (Figures(0.196, 0.76, -0.50), Figures(0.173, 1.26, -0.09)),
    "11 coins 2025-03..2025-08": (Figures(0.48, 1.77, -0.25), Figures(0.162, 1.75, -0.05, 67)),
}
HEAD = f"{'':36}{'net':>8}{'Sharpe':>7}{'fall':>8}{'trades':>7}"


def host_run(
    block: Block, folder: Path, strategy: str, further: dict[str, Any] | None = None
) -> HostRun:
    """The block through the real command."""
    datadir = block.datadir(folder / "data", TIMEFRAME)
    words = ["--model", "off", "--datadir", str(datadir), "--timerange", block.timerange]
    words += ["--pairs", *block.pairs, "--fee", str(SPOT_COST)]
    own = {"regimes": {"regime": dict(block.regime)}} | (further or {})
    return backtest(folder / f"{strategy}-{len(own)}", words, own, strategy)


def lines(block: Block, folder: Path) -> list[str]:
    """All arms of a block, the study's beside ours."""
    study_held, study_rule = STUDY[block.name]
    held, rule = held_account(block), rule_account(block)
    arms = [
        ("buy and hold, study", study_held),
        ("buy and hold, account", Figures(held.net, held.sharpe, held.drawdown)),
        ("regime rule, study", study_rule),
        ("regime rule, account", Figures(rule.net, rule.sharpe, rule.drawdown, rule.trades)),
    ]
    first = host_run(block, folder, "RegimeStrategy")
    arms.append(("regime rule, freqtrade", figures(first)))
    stops = int((first.result.trades["exit_reason"] == "stop_loss").sum())
    if stops:
        without = host_run(block, folder, "RegimeStrategy", NO_STOP)
        arms.append((f"  the same without its {stops} stops", figures(without)))
    arms.append(("average, freqtrade", figures(host_run(block, folder, "BaselineStrategy"))))
    said = [f"    {name:32}{one.text()}" for name, one in arms]
    return [block.name, *said, f"    {windows(block, folder)}"]


def figures(run: HostRun) -> Figures:
    trades = int(run.result.stats["total_trades"])
    return Figures(run.net, run.sharpe, run.drawdown, trades)


def windows(block: Block, folder: Path) -> str:
    """How many windows the block's candles allow once the model is on."""
    datadir, own = folder / "model", folder / "model.json"
    for pair, candles in block.candles(block.stored or TIMEFRAME).items():
        for timeframe in (TIMEFRAME, "1d"):
            made = candles
            if timeframe != (block.stored or TIMEFRAME):
                made = resample(candles, block.stored or TIMEFRAME, timeframe)
            write_candles(made, datadir, pair, timeframe)
    own.write_text(json.dumps({"regimes": {"regime": dict(block.regime)}}))
    config = RunConfig.load("regime-4h", futures=False, model=True, own=(own,))
    try:
        allowed = derive_range(config, datadir, list(block.pairs), futures=False).timerange
    except CandleError:
        return "model on: no window, training and its warm-up take longer than the candles last"
    first, last = (pd.Timestamp(day) for day in allowed.split("-"))
    days = config.merged["freqai"]["backtest_period_days"]
    count = math.ceil((last - first).days / days)
    return f"model on: {count} windows of {days} days, {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", nargs="+", type=int, default=list(range(len(BLOCKS))))
    given = parser.parse_args()
    print(HEAD)
    with tempfile.TemporaryDirectory() as name:
        for at in given.blocks:
            print("\n".join(lines(BLOCKS[at], Path(name) / str(at))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
