"""Reads what ``freqtrade backtesting`` exported, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.data.btanalysis import (
    BT_DATA_COLUMNS,
    get_backtest_wallet_change,
    get_latest_backtest_filename,
    load_backtest_data,
    load_backtest_stats,
)

from freqai_regimes.errors import RegimesError


@dataclass(frozen=True)
class BacktestResult:
    """Trades, freqtrade's own statistics, and the wallet over time (None if not exported)."""

    trades: pd.DataFrame
    stats: dict[str, Any]
    wallet: pd.DataFrame | None


def read_backtest_result(folder: Path, strategy: str) -> BacktestResult:
    """The newest result in a folder that freqtrade exported to.

    Raises
    ------
    RegimesError
        If there is none, or it does not hold the strategy.
    """
    try:
        path = folder / get_latest_backtest_filename(folder)
        stats = load_backtest_stats(path)["strategy"][strategy]
    except (ValueError, KeyError, OSError) as error:
        raise RegimesError(
            f"No backtest result of {strategy} in {folder} ({error}). Run the backtest again."
        ) from error
    trades = load_backtest_data(path, strategy)
    if trades.empty:  # freqtrade then leaves the columns out too
        trades = pd.DataFrame(columns=BT_DATA_COLUMNS)
    return BacktestResult(trades, stats, get_backtest_wallet_change(path, strategy))
