"""Times the training and predicting of all windows of a backtest, in a process of its own.

Times are CPU seconds, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import lightgbm
import pandas as pd
from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.freqai.base_models.BaseRegressionModel import BaseRegressionModel
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
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
    """Train and predict in this process.

    What freqtrade does before (starting, loading candles) and after is left out.

    Returns
    -------
    ``seconds`` of the clock; ``cpu`` of all threads; ``fits``, those of LightGBM alone (binning and
    trees, scikit-learn's wrapper included), and ``host``, those of what stock FreqAI does around a
    fit: split, pipelines, its prediction with them, and its merging of frames; ``count`` of fits.
    The last three are of one thread for each fit.
    """
    spent = {"fits": 0.0, "host": 0.0, "count": 0}
    _timed(lightgbm.LGBMModel, "fit", spent, "fits")
    _timed(BaseRegressionModel, "train", spent, "host")
    _timed(BaseRegressionModel, "predict", spent, "host")
    _timed(FreqaiDataKitchen, "merge_features", spent, "host")
    _timed(FreqaiDataKitchen, "get_predictions_to_append", spent, "host")
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
    # The exchange has stopped: its server's loop takes CPU time even while nobody asks.
    began, cpu = time.perf_counter(), time.process_time()
    backtesting.strategy.advise_all_indicators(data)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    backtesting.exchange.close()
    return {"seconds": seconds, "cpu": cpu, **spent, "host": spent["host"] - spent["fits"]}


def _timed(owner: type[Any], name: str, spent: dict[str, float], key: str) -> None:
    """Add up the CPU time of a method's calls; a fit lies within a training."""
    honest = getattr(owner, name)

    def timed(*arguments: Any, **options: Any) -> Any:
        began = time.thread_time()
        try:
            return honest(*arguments, **options)
        finally:
            spent[key] += time.thread_time() - began
            spent["count"] += key == "fits"

    setattr(owner, name, timed)


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
