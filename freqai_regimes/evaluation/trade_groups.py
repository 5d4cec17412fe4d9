"""Trades put together by anything: what each group won, as one table."""

from __future__ import annotations

import pandas as pd


def trade_groups(
    trades: pd.DataFrame, keys: pd.Series[str], starting_balance: float
) -> pd.DataFrame:
    """One row a group of trades, in the order of their keys.

    Parameters
    ----------
    trades : from ``checked_trades``.
    keys : the group of each trade; same index.
    starting_balance : in stake currency.

    Returns
    -------
    Columns ``trades``, ``win_rate``, ``mean_profit_ratio``, ``profit_abs`` (stake currency),
    ``profit_ratio`` (of the starting balance), ``mean_hold_minutes``; empty without trades.
    """
    grouped = trades.groupby(keys.to_numpy(dtype=object))
    return pd.DataFrame(
        {
            "trades": grouped.size(),
            "win_rate": grouped["profit_abs"].agg(lambda profit: float((profit > 0).mean())),
            "mean_profit_ratio": grouped["profit_ratio"].mean(),
            "profit_abs": grouped["profit_abs"].sum(),
            "profit_ratio": grouped["profit_abs"].sum() / starting_balance,
            "mean_hold_minutes": grouped["trade_duration"].mean(),
        }
    )


def months(trades: pd.DataFrame) -> pd.Series[str]:
    """Month (UTC) in which each trade was closed, as ``2024-05``."""
    return pd.Series(
        pd.DatetimeIndex(trades["close_date"]).strftime("%Y-%m"), index=trades.index, dtype=object
    )


def exit_reasons(trades: pd.DataFrame) -> pd.Series[str]:
    """First word of why each trade ended."""
    return trades["exit_reason"].astype(str).str.split(" ").str[0]


def enter_tags(trades: pd.DataFrame) -> pd.Series[str]:
    """Words that spoke for each entry, without numbers that few trades share (``weight=0.62``)."""
    tags = trades["enter_tag"].fillna("").astype(str)
    tags = tags.str.replace(r"\s*\b\w+=\S+", "", regex=True).str.strip()
    return tags.where(tags != "", "no tag")
