"""Every buy and sell behind a run's trades, with its value and its cost: what stresses start from.

Assumes that what freqtrade charged as fee is the whole cost of a side (slippage is stated to it as
part of the fee, or left out by it); funding is part of a trade's profit and is not a cost here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.errors import RegimesError

_NEEDED = (
    "pair",
    "open_date",
    "close_date",
    "open_rate",
    "close_rate",
    "amount",
    "fee_open",
    "fee_close",
    "is_short",
    "profit_abs",
)


def fills(trades: pd.DataFrame) -> pd.DataFrame:
    """One row for each filled order of closed trades, in the order of the trades.

    Parameters
    ----------
    trades : freqtrade's backtest trades. Where ``orders`` is there, additions to a position and
        partial exits count each; without it, each trade is one order in and one out.

    Returns
    -------
    Columns ``trade`` (row number of the trade), ``pair``, ``date`` (UTC), ``side`` (1 buys, -1
    sells), ``amount`` (base currency), ``price``, ``fee`` (fraction of the value), and from these
    ``value`` and ``cost`` (stake currency).

    Raises
    ------
    RegimesError
        If a column is missing.
    """
    missing = [name for name in _NEEDED if name not in trades]
    if missing:
        raise RegimesError(
            f"The trades lack {', '.join(missing)}; they have {', '.join(map(str, trades))}. Give "
            "the trades of a freqtrade backtest."
        )
    rows = []
    for number, trade in enumerate(trades.to_dict("records")):
        rows += _orders(number, trade)
    columns = ["trade", "pair", "date", "side", "amount", "price", "fee"]
    filled = pd.DataFrame(rows, columns=columns)
    filled["date"] = pd.to_datetime(filled["date"], utc=True)
    numbers = {"side": float, "amount": float, "price": float, "fee": float, "trade": int}
    filled = filled.astype(numbers)
    filled["value"] = filled["amount"] * filled["price"]
    filled["cost"] = filled["value"] * filled["fee"]
    return filled


def gross_profit(trades: pd.DataFrame, filled: pd.DataFrame) -> pd.Series:
    """Profit of each trade before costs, in stake currency; by row number of the trade."""
    cost = filled.groupby("trade")["cost"].sum().reindex(range(len(trades)), fill_value=0.0)
    return trades["profit_abs"].astype(float).reset_index(drop=True) + cost


def held_value(filled: pd.DataFrame) -> pd.Series:
    """Value that each trade held at its mean entry price, on average over its time; by trade.

    A trade of no length counts with what it entered.
    """
    rows = filled.sort_values(["trade", "date"], kind="stable")
    first = rows.groupby("trade")["side"].transform("first")
    held = (rows["amount"] * rows["side"] * first).groupby(rows["trade"]).cumsum()
    seconds = rows.groupby("trade")["date"].diff().shift(-1).dt.total_seconds().fillna(0.0)
    entered = rows[rows["side"] == first].groupby("trade")[["amount", "value"]].sum()
    time = seconds.groupby(rows["trade"]).sum()
    mean = (held * seconds).groupby(rows["trade"]).sum() / time.where(time > 0)
    answer: pd.Series = mean.fillna(entered["amount"]) * entered["value"] / entered["amount"]
    return answer


def _orders(number: int, trade: Mapping[Any, Any]) -> list[tuple[object, ...]]:
    entry = -1.0 if trade["is_short"] else 1.0
    orders = trade.get("orders")
    if isinstance(orders, list | tuple | np.ndarray) and len(orders):
        return [
            (
                number,
                trade["pair"],
                pd.Timestamp(order["order_filled_timestamp"], unit="ms", tz="UTC"),
                entry if order["ft_is_entry"] else -entry,
                order["amount"],
                order["safe_price"],
                trade["fee_open"] if order["ft_is_entry"] else trade["fee_close"],
            )
            for order in orders
            if order.get("order_filled_timestamp") is not None
        ]
    amount, pair = trade["amount"], trade["pair"]
    return [
        (number, pair, trade["open_date"], entry, amount, trade["open_rate"], trade["fee_open"]),
        (
            number,
            pair,
            trade["close_date"],
            -entry,
            amount,
            trade["close_rate"],
            trade["fee_close"],
        ),
    ]
