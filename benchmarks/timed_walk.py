"""Times the training and predicting of all windows of a backtest, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.freqai.base_models.BaseRegressionModel import BaseRegressionModel
from freqtrade.optimize.backtesting import Backtesting
from freqtrade.resolvers.freqaimodel_resolver import FreqaiModelResolver

from freqai_regimes.cli.run_config import config_files
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.userdir import shipped_folder


def timed_walk(
    model: type[Any],
    settings: dict[str, Any],
    datadir: Path,
    timerange: str,
    folder: Path,
    strategy: tuple[str, Path] = ("RegimeStrategy", shipped_folder() / "strategies"),
) -> dict[str, float]:
    """Train and predict in this process; seconds, CPU seconds, seconds in trainings, their number.

    What freqtrade does before (starting, loading candles) and after is left out. A training is that
    of stock FreqAI: split, pipelines and fit.
    """
    fits: list[float] = []
    train = BaseRegressionModel.train

    def timed(self: Any, *arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        answer = train(self, *arguments, **options)
        fits.append(time.perf_counter() - began)
        return answer

    BaseRegressionModel.train = timed
    FreqaiModelResolver.load_freqaimodel = lambda config: model(config=config)
    name, path = strategy
    with LocalExchange(datadir, clock="set") as exchange:
        own = settings | exchange_overlay(exchange.url, futures=False)
        own["exchange"] = {**own["exchange"], **settings["exchange"]}
        own["max_open_trades"] = len(own["exchange"]["pair_whitelist"])
        file = folder / "own.json"
        file.write_text(json.dumps(own))
        arguments = ["backtesting", "--strategy", name, "--strategy-path", str(path)]
        arguments += ["--userdir", str(folder), "--datadir", str(datadir), "--cache", "none"]
        arguments += ["--timerange", timerange, "--freqaimodel", model.__name__]
        for config in (*config_files("intraday-5m", futures=False, model=True), file):
            arguments += ["--config", str(config)]
        parsed = Arguments(arguments).get_parsed_arg()
        backtesting = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
        data, _ = backtesting.load_bt_data()
        backtesting._set_strategy(backtesting.strategylist[0])
        backtesting.strategy.ft_bot_start()
        began, cpu = time.perf_counter(), time.process_time()
        backtesting.strategy.advise_all_indicators(data)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        backtesting.exchange.close()
    return {"seconds": seconds, "cpu": cpu, "fits": sum(fits), "count": len(fits)}


def in_own_process(script: str, number: int, folder: Path) -> dict[str, float]:
    """Call ``script --arm number --folder folder``, which writes ``answer.json`` there."""
    folder.mkdir()
    command = [sys.executable, script, "--arm", str(number), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, float] = json.loads((folder / "answer.json").read_text())
    return answer


def stored_predictions(folder: Path) -> pd.DataFrame:
    """All predictions that a run left in its user directory, by file and row."""
    files = sorted(folder.glob("models/*/backtesting_predictions/*.feather"))
    return pd.concat({path.name: pd.read_feather(path) for path in files})
