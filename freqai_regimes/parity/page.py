"""A comparison as one HTML file that works offline."""

from __future__ import annotations

from collections.abc import Sequence

from freqai_regimes.evaluation.page import chart, folded, numbers, page, section, small, table
from freqai_regimes.evaluation.wording import count, money
from freqai_regimes.parity.causes import ALLOWED, MEANING
from freqai_regimes.parity.charts import profit_figure, times_figure
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.difference import Difference
from freqai_regimes.parity.tables import (
    TextTable,
    causes_table,
    compared_table,
    differences_table,
    trades_table,
)

#: Single differences shown of each cause; JSON has all.
MOST_SHOWN = 100


def comparison_page(
    comparison: Comparison,
    title: str,
    *,
    currency: str = "",
    decimals: int = 2,
    notes: Sequence[str] = (),
) -> str:
    """Write the page: verdict, causes, when, trades, every difference.

    Parameters
    ----------
    currency, decimals : the stake currency, and how to write amounts of it.
    notes : sentences on what could not be compared.
    """
    parts = [
        _short(comparison, currency, decimals),
        section("What is not known", "", *map(small, notes)) if notes else "",
        _causes(comparison, currency, decimals),
        _trades(comparison, currency, decimals),
        _every(comparison),
        _meanings(),
    ]
    return page(title, comparison.verdict, *parts)


def _short(comparison: Comparison, currency: str, decimals: int) -> str:
    live, backtest = comparison.profits
    beyond = sum(not each.allowed for each in comparison.differences)
    shown = [
        ("Verdict", "passed" if comparison.passed else "differs"),
        ("Differences beyond the allowed", count(beyond)),
        ("Allowed differences", count(len(comparison.differences) - beyond)),
        ("Pairs", str(len(comparison.pairs))),
        ("First candle", _day(comparison.first)),
        ("Last candle", _day(comparison.last)),
        (f"Profit live {currency}".strip(), money(live, decimals, sign=True)),
        (f"Profit backtest {currency}".strip(), money(backtest, decimals, sign=True)),
        ("The differences made", money(comparison.money, decimals, sign=True)),
    ]
    return section(
        "In short",
        "Both runs side by side, value by value, bit for bit. Three causes are allowed, because "
        f"nothing can remove them: {', '.join(sorted(ALLOWED))}.",
        numbers(shown),
        _texts(compared_table(comparison)),
    )


def _causes(comparison: Comparison, currency: str, decimals: int) -> str:
    if not comparison.differences:
        return ""
    figure = times_figure(comparison)
    return section(
        "Why they differ",
        "Each cause is read from what both sides recorded: windows, rows, features, candles, "
        "times. What is not allowed is marked.",
        _texts(causes_table(comparison, currency, decimals)),
        "" if figure is None else chart(figure, "times", "When"),
    )


def _trades(comparison: Comparison, currency: str, decimals: int) -> str:
    if not comparison.trades:
        return section("Trades", "Neither side made any.")
    figure = profit_figure(comparison, currency)
    return section(
        "Trades",
        "Matched by pair and candle. bp: how far live's fill is off the backtest's, in basis "
        "points; plus is to live's disadvantage. Profits and how far they are apart are in "
        f"{currency or 'stake currency'}; what lies apart adds up to the difference of the sums.",
        "" if figure is None else chart(figure, "profit", "Profit of closed trades, summed"),
        _texts(trades_table(comparison, decimals)),
    )


def _every(comparison: Comparison) -> str:
    groups: dict[str, list[Difference]] = {}
    for each in comparison.differences:
        groups.setdefault(each.cause_in_words, []).append(each)
    if not groups:
        return ""
    parts = []
    for cause, found in groups.items():
        shown = _texts(differences_table(tuple(found[:MOST_SHOWN])))
        more = len(found) - MOST_SHOWN
        rest = small(f"And {count(more)} more; the JSON file has all.") if more > 0 else ""
        parts.append(folded(f"{cause} ({count(len(found))})", shown + rest))
    return section("Every difference", "Open a cause to see where, and both values.", *parts)


def _meanings() -> str:
    rows = [(str(cause), "yes" if cause in ALLOWED else "", MEANING[cause]) for cause in MEANING]
    heads = ("cause", "allowed", "meaning")
    return section("What the causes mean", "", table(heads, rows, words=(0, 1, 2), long=(0, 2)))


def _texts(texts: TextTable) -> str:
    marks = ["failed" if place in texts.marked else "" for place in range(len(texts.rows))]
    return table(texts.heads, texts.rows, words=texts.words, long=texts.long, row_classes=marks)


def _day(moment: object) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
