"""The tables of a comparison as texts, the same for the terminal and the page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from freqai_regimes.evaluation.wording import NONE, count, money, number
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.difference import Difference, Value
from freqai_regimes.parity.trade_pairs import TradePair

#: What is compared, in words.
KINDS = {
    "candle": "candles",
    "regime": "regime",
    "model": "model, do_predict",
    "prediction": "predictions",
    "interval": "intervals",
    "score": "further scores",
    "weight": "weights",
    "signal": "signals",
    "training": "trainings",
    "trade": "trades",
    "lock": "locks of guards",
}


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Attributes
    ----------
    heads, rows : texts.
    words : columns that hold words, not numbers.
    long : columns whose text may break into lines.
    marked : rows that are not allowed.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...]
    long: tuple[int, ...] = ()
    marked: frozenset[int] = frozenset()


def compared_table(comparison: Comparison) -> TextTable:
    """How many things of each kind were compared, and how many were not the same."""
    beyond = dict.fromkeys(KINDS, 0)
    for each in comparison.differences:
        beyond[each.kind] += not each.allowed
    rows: list[tuple[str, ...]] = []
    marked = set()
    for kind, name in KINDS.items():
        counted = comparison.counted.get(kind)
        if counted is None:
            continue
        if beyond[kind]:
            marked.add(len(rows))
        same = counted.compared - counted.differing
        rows.append((name, *map(count, (counted.compared, same, counted.differing))))
    heads = ("compared", "how many", "equal", "differing")
    return TextTable(heads, tuple(rows), (0,), marked=frozenset(marked))


def causes_table(comparison: Comparison, currency: str, decimals: int) -> TextTable:
    """Differences by cause, those that are not allowed first."""
    found = comparison.by_cause()
    rows = [
        (
            str(row["cause"]),
            "yes" if row["allowed"] else "NO",
            KINDS[row["kind"]],
            count(row["count"]),
            f"{row['first']:%y-%m-%d %H:%M}",
            money(row["money"], decimals, sign=True) if row["kind"] == "trade" else NONE,
            str(row["reason"]),
        )
        for _, row in found.iterrows()
    ]
    paid = currency or "money"
    heads = ("cause", "allowed", "of", "how many", "first", paid, "evidence (of the first)")
    marked = frozenset(place for place, row in enumerate(rows) if row[1] == "NO")
    return TextTable(heads, tuple(rows), (0, 1, 2, 4, 6), (0, 2, 6), marked)


def trades_table(comparison: Comparison, decimals: int) -> TextTable:
    """Every trade: who made it, how far the fills were off, and what the differences cost."""
    reasons = _by_trade(comparison)
    rows, marked = [], set()
    for place, pair in enumerate(comparison.trades):
        own = reasons.get((pair.one.pair, pair.opened), [])
        if any(not each.allowed for each in own):
            marked.add(place)
        profits = [None if t is None else t.profit for t in (pair.live, pair.backtest)]
        rows.append(
            (
                pair.one.pair + (" short" if pair.one.is_short else ""),
                f"{pair.opened:%y-%m-%d %H:%M}",
                _made_by(pair, comparison.names),
                *(number(slip, 1, sign=True) for slip in pair.slippage),
                *(money(profit, decimals, sign=True) for profit in profits),
                money(sum(each.money for each in own), decimals, sign=True),
                "; ".join(f"{each.what}: {each.cause_in_words}" for each in own),
            )
        )
    slips = ("entry bp", "exit bp")
    heads = ("pair", "opened", "made by", *slips, *comparison.names, "apart", "why")
    return TextTable(heads, tuple(rows), (0, 1, 2, 8), (8,), frozenset(marked))


def differences_table(differences: tuple[Difference, ...]) -> TextTable:
    """Single differences as they stand."""
    rows = tuple(
        (
            f"{each.date:%Y-%m-%d %H:%M}",
            each.pair,
            each.what,
            _value(each.live),
            _value(each.backtest),
            each.cause_in_words,
            each.reason,
        )
        for each in differences
    )
    heads = ("candle", "pair", "what", "live", "backtest", "cause", "evidence")
    marked = frozenset(place for place, each in enumerate(differences) if not each.allowed)
    return TextTable(heads, rows, (0, 1, 2, 5, 6), (3, 4, 5, 6), marked)


def _by_trade(comparison: Comparison) -> dict[tuple[str, pd.Timestamp], list[Difference]]:
    """Differences of each trade by its pair and the candle in which it was opened."""
    found: dict[tuple[str, pd.Timestamp], list[Difference]] = {}
    for each in comparison.differences:
        if each.kind == "trade":
            found.setdefault((each.pair, each.trade_opened or each.date), []).append(each)
    return found


def _made_by(pair: TradePair, names: tuple[str, str]) -> str:
    if pair.live is None:
        return names[1]
    return "both" if pair.backtest is not None else names[0]


def _value(value: Value) -> str:
    if value is None:
        return NONE
    return value if isinstance(value, str) else repr(value)
