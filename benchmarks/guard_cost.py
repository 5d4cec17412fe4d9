"""What guards cost: a year of 1 h candles backtested with all of them on and with none.

python benchmarks/guard_cost.py [--repeats 5] [--pairs 3]

Aim: less than 10 % more time. Without a model, whose training would hide the difference.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.optimize.backtesting import Backtesting

from freqai_regimes.cli.run_config import config_files
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.synthetic_market import MarketSpec, build_market
from freqai_regimes.userdir import shipped_folder

PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
TIMERANGE = "20240201-20250131"
NONE: dict[str, Any] = {"stale_candles": 0, "untrusted_candles": 0, "exchange_errors": 0}
#: Limits that are never reached: a guard that trips would make the run another one.
ALL: dict[str, Any] = {
    "daily_loss": 0.99,
    "drawdown": 0.99,
    "loss_streak": 100_000,
    "maximum_trades": 100_000,
    "close_positions": True,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="of each arm, in turn")
    parser.add_argument("--pairs", type=int, default=3, choices=(1, 2, 3))
    given = parser.parse_args()
    pairs = PAIRS[: given.pairs]
    logging.disable(logging.CRITICAL)
    arms: dict[str, list[float]] = {"none": [], "all": []}
    ended: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = MarketSpec(
            pairs=pairs, timeframe="1h", timeframes=("1h", "4h"), start="2023-10-01", days=490
        )
        market = build_market(spec, folder / "market")
        with LocalExchange(market, clock="set") as exchange:
            for _ in range(given.repeats):
                for arm, guards in (("none", NONE), ("all", ALL)):
                    took, ended[arm] = backtest(folder, market, exchange.url, pairs, guards)
                    arms[arm].append(took)
    if ended["none"] != ended["all"]:
        print(f"The arms differ, so they compare nothing: {ended}")
        return 1
    show(arms, ended["all"], len(pairs))
    return 0


def backtest(
    folder: Path, market: Path, url: str, pairs: tuple[str, ...], guards: dict[str, Any]
) -> tuple[float, tuple[int, float]]:
    """CPU seconds of one backtest after its data are loaded, and its trades and balance."""
    own = exchange_overlay(url, futures=False) | {
        "timeframe": "1h",
        "startup_candle_count": 400,
        "max_open_trades": len(pairs),
        "regimes": {"regime": {"timeframe": "4h"}, "guards": guards},
    }
    own["exchange"]["pair_whitelist"] = list(pairs)
    path = folder / "own.json"
    path.write_text(json.dumps(own))
    userdir = folder / "user_data"
    userdir.mkdir(exist_ok=True)
    arguments = ["backtesting", "--strategy", "RegimeStrategy", "--userdir", str(userdir)]
    arguments += ["--strategy-path", str(shipped_folder() / "strategies"), "--cache", "none"]
    arguments += ["--datadir", str(market), "--timerange", TIMERANGE, "--export", "none"]
    for config in (*config_files("regime-4h", futures=False, model=False), path):
        arguments += ["--config", str(config)]
    parsed = Arguments(arguments).get_parsed_arg()
    run = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
    try:
        data, timerange = run.load_bt_data()
        begun = time.process_time()
        run.backtest_one_strategy(run.strategylist[0], data, timerange)
        took = time.process_time() - begun
    finally:
        run.exchange.close()
        Backtesting.cleanup()
    result = run.all_bt_content["RegimeStrategy"]
    return took, (len(result["results"]), float(result["final_balance"]))


def show(arms: dict[str, list[float]], ended: tuple[int, float], pairs: int) -> None:
    """Print the table."""
    none, every = statistics.median(arms["none"]), statistics.median(arms["all"])
    print(f"A year of 1h candles, {pairs} pair(s), {ended[0]} trades; CPU seconds of the backtest")
    print(f"{'guards':<8}{'least':>8}{'median':>8}{'most':>8}")
    for arm, taken in arms.items():
        print(f"{arm:<8}{min(taken):8.2f}{statistics.median(taken):8.2f}{max(taken):8.2f}")
    print(f"All guards cost {100 * (every / none - 1):+.1f} % of the time (medians).")


if __name__ == "__main__":
    sys.exit(main())
