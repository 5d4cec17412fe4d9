"""Freqtrade's own numbers of a run, with names that say which of its two kinds each is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from freqai_regimes.evaluation.wording import count, money, number, percent

NO_RATIO = -100.0  # freqtrade's answer where a ratio has no denominator


def key_numbers(stats: dict[str, Any]) -> list[tuple[str, str]]:
    """Put freqtrade's own numbers as (name, value) for people, without those it did not give."""
    currency = str(stats.get("stake_currency") or "")
    decimals = int(stats.get("stake_currency_decimals") or 2)
    wallet = stats.get("wallet_stats") or {}

    def amount(value: float | None) -> str:
        return f"{money(value, decimals)} {currency}".strip()

    def fine(value: float | None) -> str:
        return number(value, 3)

    def share(value: float | None) -> str:
        return percent(value, 2, sign=True)

    wanted: list[tuple[str, Any, Callable[[float | None], str]]] = [
        ("Total profit (of balance)", stats.get("profit_total"), share),
        ("Total profit", stats.get("profit_total_abs"), amount),
        ("Final balance", stats.get("final_balance"), amount),
        ("Market change (mean of pairs)", stats.get("market_change"), share),
        ("Growth a year (CAGR)", stats.get("cagr"), share),
        (
            "Max drawdown (closed trades)",
            stats.get("max_drawdown_account"),
            percent,
        ),
        ("Max drawdown (wallet)", wallet.get("max_drawdown_account"), percent),
        ("Deepest drawdown (wallet)", wallet.get("max_relative_drawdown"), percent),
        ("Sharpe (closed trades)", stats.get("sharpe"), number),
        ("Sharpe (daily wallet balance)", wallet.get("sharpe"), number),
        ("Sortino (closed trades)", stats.get("sortino"), number),
        ("Sortino (daily wallet balance)", wallet.get("sortino"), number),
        ("Calmar (closed trades)", stats.get("calmar"), number),
        ("Calmar (daily wallet balance)", wallet.get("calmar"), number),
        ("SQN", stats.get("sqn"), number),
        ("Profit factor", stats.get("profit_factor"), number),
        ("Trades", stats.get("total_trades"), count),
        ("Short trades", stats.get("trade_count_short"), count),
        ("Trades won", stats.get("winrate"), percent),
        ("Mean profit p value", stats.get("p_value"), fine),
    ]
    return [
        (name, write(None if value == NO_RATIO else value))
        for name, value, write in wanted
        if isinstance(value, int | float)
    ]
