"""Runs the real ``freqtrade backtesting`` in this process, which spares its start each time."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.commands import Arguments
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.optimize.backtesting import Backtesting

from freqai_regimes.cli.run_config import config_files
from freqai_regimes.evaluation.record import RunRecord, read_record
from freqai_regimes.freqtrade_bridge.backtest_result import read_backtest_result
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.userdir import shipped_folder
from tests.host.small_run import SMALL, merge


@dataclass(frozen=True)
class Backtested:
    """What one backtest left behind.

    Attributes
    ----------
    trades : every column of freqtrade's trades.
    record : what the strategy saw, of the candles that were traded.
    net, gross : profit with and without fees, as a fraction of the starting balance.
    models : folder of FreqAI's models and cached predictions (without model it does not exist).
    """

    trades: pd.DataFrame
    record: RunRecord
    net: float
    gross: float
    models: Path


def run(
    folder: Path,
    datadir: Path,
    *changes: dict[str, Any],
    timerange: str,
    model: bool = True,
    userdir: Path | None = None,
) -> Backtested:
    """Backtest ``RegimeStrategy`` with the small preset and ``changes`` on a data directory.

    ``folder`` must be new to the run; ``userdir`` is by default inside it.
    """
    folder.mkdir(parents=True)
    userdir = userdir or folder / "user_data"
    userdir.mkdir(exist_ok=True)
    own: dict[str, Any] = {}
    for change in (SMALL, *changes):
        merge(own, json.loads(json.dumps(change)))
    with LocalExchange(datadir, clock="set") as exchange:
        merge(own, exchange_overlay(exchange.url, futures=False))
        merge(own, {"regimes": {"record": str(folder / "record")}})
        path = folder / "own.json"
        path.write_text(json.dumps(own))
        arguments = ["backtesting", "--strategy", "RegimeStrategy", "--userdir", str(userdir)]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--datadir", str(datadir), "--timerange", timerange, "--cache", "none"]
        arguments += ["--backtest-directory", str(folder), "--enable-protections"]
        for config in (*config_files("intraday-5m", futures=False, model=model), path):
            arguments += ["--config", str(config)]
        if model:
            arguments += ["--freqaimodel", "RegimeLightGBM"]
            arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        with _logging_kept():
            _freqtrade(arguments)
    result = read_backtest_result(folder, "RegimeStrategy")
    record = read_record(folder / "record")
    record = record.between(result.stats["backtest_start_ts"], result.stats["backtest_end_ts"])
    balance = float(result.stats["starting_balance"])
    return Backtested(
        result.trades,
        record,
        float(result.stats["profit_total_abs"]) / balance,
        sum(_gross(orders) for orders in result.trades.get("orders", [])) / balance,
        userdir / "models",
    )


def _freqtrade(arguments: list[str]) -> None:
    """What ``freqtrade backtesting`` does after its start-up, and the tidying its exit spares it."""
    parsed = Arguments(arguments).get_parsed_arg()
    backtesting = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
    try:
        backtesting.start()
    finally:
        backtesting.exchange.close()
        Backtesting.cleanup()


def _gross(orders: list[dict[str, Any]]) -> float:
    """Value got less value paid over a trade's orders, before fees (long trades)."""
    return sum(
        order["amount"] * order["safe_price"] * (-1 if order["ft_is_entry"] else 1)
        for order in orders
    )


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Freqtrade puts its own handlers in the place of those that are there."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
