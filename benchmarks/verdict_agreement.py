"""Whether the small walk's trades are those of freqtrade's own backtest on the same signals.

    python benchmarks/verdict_agreement.py

One market with a planted signal: the signals of ``small_walk.py`` are given to a strategy that only
repeats them, freqtrade's backtest trades them on the same candles with the same stake and fee, and
both lists of trades, both Sharpe ratios and both verdicts are printed side by side.
"""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import small_walk
from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.optimize.backtesting import Backtesting
from small_walk import Run, predictions, signals, trade_on, walk_settings
from verdict_calibration import Task, market

from freqai_regimes.candles import write_candles
from freqai_regimes.cli.run_config import config_files
from freqai_regimes.evaluation.daily_returns import daily_returns
from freqai_regimes.evidence.assessment import assess
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay

SAMPLE = Task(4, 80_001, 0.27)
STRATEGY = '''"""Repeats stored signals."""
import pandas as pd
from freqtrade.strategy import IStrategy


class Repeated(IStrategy):
    timeframe = "4h"
    stoploss = -0.99
    minimal_roi = {"0": 100}
    startup_candle_count = 0

    def populate_indicators(self, dataframe, metadata):
        name = metadata["pair"].replace("/", "_")
        stored = pd.read_feather(f"{self.config['user_data_dir']}/{name}.feather")
        return dataframe.merge(stored, on="date", how="left")

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = (dataframe["signal"] == 1).astype(int)
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe["exit_long"] = (dataframe["signal"] == -1).astype(int)
        return dataframe
'''


def freqtrade_backtest(run: Run, stored: dict[str, pd.DataFrame], folder: Path) -> pd.DataFrame:
    """Trades of freqtrade's backtest on the candles of a run, with its signals."""
    (folder / "repeated.py").write_text(STRATEGY)
    data = folder / "data"
    for pair, frame in run.candles.items():
        write_candles(frame, data, pair, small_walk.TIMEFRAME)
        stored[pair].to_feather(folder / f"{pair.replace('/', '_')}.feather")
    costs = walk_settings().costs
    own: dict[str, Any] = {
        "fee": costs.fee + costs.slippage,
        "stake_amount": small_walk.STAKE,
        "dry_run_wallet": run.balance,
        "max_open_trades": len(run.candles),
        "timeframe": small_walk.TIMEFRAME,
        "startup_candle_count": 0,
    }
    with LocalExchange(data, clock="set") as exchange:
        overlay = exchange_overlay(exchange.url, futures=False)
        own |= overlay | {"exchange": overlay["exchange"] | {"pair_whitelist": list(run.candles)}}
        file = folder / "own.json"
        file.write_text(json.dumps(own))
        arguments = ["backtesting", "--strategy", "Repeated", "--strategy-path", str(folder)]
        arguments += ["--userdir", str(folder), "--datadir", str(data), "--cache", "none"]
        for config in (*config_files("regime-4h", futures=False, model=False), file):
            arguments += ["--config", str(config)]
        parsed = Arguments(arguments).get_parsed_arg()
        backtesting = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
        candles, timerange = backtesting.load_bt_data()
        backtesting.backtest_one_strategy(backtesting.strategylist[0], candles, timerange)
        backtesting.exchange.close()
    trades: pd.DataFrame = backtesting.all_bt_content["Repeated"]["results"]
    return trades.sort_values(["open_date", "pair"], ignore_index=True)


def main() -> None:
    """Print both sides."""
    logging.disable(logging.WARNING)
    _, candles = market(SAMPLE)
    said = predictions(candles, walk_settings())
    run = trade_on(candles, said, walk_settings())
    signalled = said[["pair", "date"]].assign(signal=signals(said, walk_settings()))
    stored = {
        str(pair): part[["date", "signal"]].reset_index(drop=True)
        for pair, part in signalled.groupby("pair")
    }
    with tempfile.TemporaryDirectory() as folder:
        theirs = freqtrade_backtest(run, stored, Path(folder))
    ours = run.trades.sort_values(["open_date", "pair"], ignore_index=True)
    both = ours.merge(theirs, on=["pair", "open_date", "close_date"], suffixes=("", "_freqtrade"))
    ends = said["date"].iloc[[0, -1]]
    daily = daily_returns(theirs["close_date"], theirs["profit_abs"], *ends, run.balance)
    print(f"Trades: {len(ours)} ours, {len(theirs)} freqtrade's, {len(both)} the same.")
    difference = (both["profit_abs"] - both["profit_abs_freqtrade"]).abs()
    print(
        f"Greatest difference of a profit: {difference.max():.4f}, of a stake of "
        f"{small_walk.STAKE:g} (freqtrade rounds amounts)."
    )
    for name, days, trades in (("ours", run.daily, ours), ("freqtrade's", daily, theirs)):
        found = assess(days, trades, run.candles, starting_balance=run.balance)
        print(f"{name}: Sharpe {found.record.sharpe:.4f}, {found.verdict.words}")


if __name__ == "__main__":
    main()
