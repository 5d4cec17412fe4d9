"""Prints a comparison: verdict, what was compared, causes, trades."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from freqai_regimes.evaluation.wording import money
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.tables import (
    TextTable,
    causes_table,
    compared_table,
    trades_table,
)

#: Trades shown on the screen; JSON and page have all.
MOST_TRADES = 20


def print_comparison(
    comparison: Comparison, console: Console, *, currency: str = "", decimals: int = 2
) -> None:
    """Print the tables; what is not allowed is marked red.

    Parameters
    ----------
    currency, decimals : the stake currency, and how to write amounts of it.
    """
    console.print(_shown(compared_table(comparison), "Compared"))
    if comparison.differences:
        title = "Differences by cause"
        console.print(_shown(causes_table(comparison, currency, decimals), title))
    if comparison.trades:
        trades = trades_table(comparison, decimals)
        title, more = "Trades", len(trades.rows) - MOST_TRADES
        if more > 0:
            title = f"Trades: the first {MOST_TRADES} of {len(trades.rows)}"
        console.print(_shown(_first(trades), title))
        live, backtest = comparison.profits
        profits = [money(value, decimals, sign=True) for value in (live, backtest)]
        off = money(comparison.money, decimals, sign=True)
        names = comparison.names
        said = f"Profit: {names[0]} {profits[0]}, {names[1]} {profits[1]} {currency}"
        console.print(f"{said.strip()}; the differences made {off}.", highlight=False)
    console.print(comparison.verdict, style=None if comparison.passed else "bold red")


def _first(table: TextTable) -> TextTable:
    rows = table.rows[:MOST_TRADES]
    return TextTable(table.heads, rows, table.words, table.long, table.marked)


def _shown(texts: TextTable, title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column, head in enumerate(texts.heads):
        justify = "left" if column in texts.words else "right"
        long = column in texts.long
        table.add_column(head, justify=justify, overflow="fold", no_wrap=not long)  # type: ignore[arg-type]
    for place, row in enumerate(texts.rows):
        table.add_row(*row, style="red" if place in texts.marked else None)
    return table
