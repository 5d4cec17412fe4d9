"""Runs freqtrade's own backtest in this process, which spares its start and its reports."""

from __future__ import annotations

import copy
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

from freqai_regimes.candles import FUTURES, SPOT, stored_candles
from freqai_regimes.cli.run_config import config_files
from freqai_regimes.evaluation.record import RunRecord, read_record
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.userdir import shipped_folder
from tests.host.small_run import SMALL, merge


@dataclass(frozen=True)
class Backtested:
    """What one backtest left behind.

    Attributes
    ----------
    trades : every column of freqtrade's trades.
    record : what the strategy saw of each candle in the range.
    net, gross : profit with and without fees, as a fraction of the starting balance.
    """

    trades: pd.DataFrame
    record: RunRecord
    net: float
    gross: float


def run(
    folder: Path,
    datadir: Path,
    *changes: dict[str, Any],
    timerange: str,
    model: bool = True,
    userdir: Path | None = None,
    futures: bool = False,
) -> Backtested:
    """Backtest all pairs of a data directory with the small preset and ``changes``.

    ``folder`` must be new; the user directory is by default inside it. On futures the money before
    costs (``gross``) counts long trades only.
    """
    folder.mkdir(parents=True)
    userdir = userdir or folder / "user_data"
    userdir.mkdir(exist_ok=True)
    with LocalExchange(datadir, clock="set") as exchange, _logging_kept():
        own = own_settings(datadir, *changes, futures=futures)
        merge(own, exchange_overlay(exchange.url, futures=futures))
        merge(own, {"regimes": {"record": str(folder / "record")}})
        path = folder / "own.json"
        path.write_text(json.dumps(own))
        arguments = ["backtesting", "--strategy", "RegimeStrategy", "--userdir", str(userdir)]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--datadir", str(datadir), "--timerange", timerange, "--cache", "none"]
        arguments += ["--enable-protections"]
        for config in (*config_files("intraday-5m", futures=futures, model=model), path):
            arguments += ["--config", str(config)]
        if model:
            arguments += ["--freqaimodel", "RegimeLightGBM"]
            arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        result = _freqtrade(arguments)
    trades: pd.DataFrame = result["results"]
    balance = float(result["config"]["dry_run_wallet"])
    orders = [order for trade in trades.get("orders", []) for order in trade]
    net = float(result["final_balance"]) / balance - 1
    return Backtested(trades, read_record(folder / "record"), net, _gross(orders) / balance)


def own_settings(datadir: Path, *changes: dict[str, Any], futures: bool = False) -> dict[str, Any]:
    """Settings of the small preset with ``changes``, for all pairs of a data directory."""
    own = copy.deepcopy(SMALL)
    kind = FUTURES if futures else SPOT
    pairs = sorted({file.pair for file in stored_candles(datadir) if file.candle_type == kind})
    merge(own, {"exchange": {"pair_whitelist": pairs}, "max_open_trades": len(pairs)})
    for change in changes:
        merge(own, copy.deepcopy(change))
    return own


def _freqtrade(arguments: list[str]) -> dict[str, Any]:
    """What ``freqtrade backtesting`` does between its start and its reports."""
    parsed = Arguments(arguments).get_parsed_arg()
    backtesting = Backtesting(setup_optimize_configuration(parsed, RunMode.BACKTEST))
    try:
        data, timerange = backtesting.load_bt_data()
        backtesting.backtest_one_strategy(backtesting.strategylist[0], data, timerange)
    finally:
        backtesting.exchange.close()
        Backtesting.cleanup()
    result: dict[str, Any] = backtesting.all_bt_content["RegimeStrategy"]
    return result


def _gross(orders: list[dict[str, Any]]) -> float:
    """Value got less value paid, before fees (long trades)."""
    signed = [order["amount"] * (-1 if order["ft_is_entry"] else 1) for order in orders]
    return float(
        sum(amount * order["safe_price"] for amount, order in zip(signed, orders, strict=True))
    )


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Give the root logger its handlers back: freqtrade puts its own in their place."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
