"""Runs of a few trades that can be worked out by hand, and longer ones on random candles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

START = pd.Timestamp("2024-01-01", tz="UTC")
HOURS = pd.Timedelta(hours=4)


def candles(opens: npt.ArrayLike) -> pd.DataFrame:
    """4 h candles that open at these prices and close at the next open."""
    price = np.asarray(opens, dtype=float)
    close = np.append(price[1:], price[-1])
    return pd.DataFrame(
        {
            "date": pd.date_range(START, periods=len(price), freq=HOURS),
            "open": price,
            "high": np.maximum(price, close),
            "low": np.minimum(price, close),
            "close": close,
            "volume": 1.0,
        }
    )


def trade(
    frame: pd.DataFrame,
    entry: int,
    leave: int,
    *,
    pair: str = "AAA/USDT",
    short: bool = False,
    stake: float = 100.0,
    fee: float = 0.001,
) -> dict[str, Any]:
    """One of freqtrade's trades from the open of a row to the open of a later one."""
    bought, sold = float(frame["open"][entry]), float(frame["open"][leave])
    amount = stake / bought
    gross = amount * (sold - bought) * (-1 if short else 1)
    profit = gross - fee * amount * (bought + sold)
    return {
        "pair": pair,
        "open_date": frame["date"][entry],
        "close_date": frame["date"][leave],
        "open_rate": bought,
        "close_rate": sold,
        "amount": amount,
        "stake_amount": stake,
        "fee_open": fee,
        "fee_close": fee,
        "is_short": short,
        "profit_abs": profit,
        "profit_ratio": profit / stake,
        "enter_tag": "bull",
        "exit_reason": "exit_signal",
    }


def random_walk(rows: int, seed: int, drift: float = 0.0) -> pd.DataFrame:
    shocks = np.random.default_rng(seed).standard_normal(rows) * 0.01 + drift
    return candles(100 * np.exp(np.cumsum(shocks)))
