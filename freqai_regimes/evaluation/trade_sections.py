"""The report's sections on trades: by month, by what spoke for them, by why they ended."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from freqai_regimes.evaluation.equity import monthly_returns
from freqai_regimes.evaluation.page import folded, section, table
from freqai_regimes.evaluation.scorecard import Scorecard
from freqai_regimes.evaluation.trade_groups import (
    enter_tags,
    exit_reasons,
    months,
    trade_groups,
)
from freqai_regimes.evaluation.wording import count, duration, money, percent

OPEN_ROWS = 24  # more rows than these are folded away


def months_section(curves: Mapping[str, pd.Series[float]], trades: pd.DataFrame) -> str:
    """Show what each account won in each month, and how many trades the first one closed."""
    by_month = pd.DataFrame({name: monthly_returns(curve) for name, curve in curves.items()})
    closed = months(trades).value_counts()
    rows = [
        (
            str(month),
            *(percent(change, sign=True) for change in changes),
            count(closed.get(str(month), 0)),
        )
        for month, *changes in by_month.itertuples()
    ]
    shown = table(["Month", *map(_upper, by_month), "Trades closed"], rows)
    if len(rows) > OPEN_ROWS:
        shown = folded(f"All {len(rows)} months", shown)
    first = next(iter(curves))
    return section(
        "By month",
        "Change of each account's value from the end of the month before, UTC. Trades are those "
        f"of {first!r}.",
        shown,
    )


def tags_section(trades: pd.DataFrame, card: Scorecard, balance: float) -> str:
    """Show what trades won by the words that spoke for their entry; "" without trades."""
    if trades.empty:
        return ""
    return section(
        "Enter tags",
        "What spoke for each entry: the regime, who predicted, the score in steps, and whether "
        "the predicted edge paid its cost.",
        _group_table("Enter tag", enter_tags(trades), trades, card, balance),
    )


def exits_section(trades: pd.DataFrame, card: Scorecard, balance: float) -> str:
    """Show what trades won by the reason they ended."""
    if trades.empty:
        return section("Exit reasons", "There were no trades.")
    return section(
        "Exit reasons",
        "Why trades ended. force_exit is the end of the backtest, not a decision of the strategy.",
        _group_table("Exit reason", exit_reasons(trades), trades, card, balance),
    )


def _group_table(
    head: str,
    keys: pd.Series[str],
    trades: pd.DataFrame,
    card: Scorecard,
    balance: float,
) -> str:
    groups = trade_groups(trades, keys, balance).sort_values("trades", ascending=False)
    rows = [
        (
            str(name),
            count(row["trades"]),
            percent(row["win_rate"]),
            percent(row["mean_profit_ratio"], 2, sign=True),
            money(row["profit_abs"], card.decimals, sign=True),
            percent(row["profit_ratio"], 2, sign=True),
            duration(row["mean_hold_minutes"]),
        )
        for name, row in groups.iterrows()
    ]
    heads = [
        head,
        "Trades",
        "Won",
        "Mean profit",
        f"Profit {card.stake_currency}".strip(),
        "Of balance",
    ]
    shown = table([*heads, "Mean hold"], rows, words=(0,), long=(0,))
    return folded(f"All {len(rows)} rows", shown) if len(rows) > OPEN_ROWS else shown


def _upper(name: object) -> str:
    text = str(name)
    return text[:1].upper() + text[1:]
