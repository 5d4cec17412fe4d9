"""What a day or a week brought, in a few lines: trades, profit, balance, exits, regimes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from freqai_regimes.messages.markdown import escape
from freqai_regimes.messages.transactions import Side, statistics_text

STOPS = ("stop", "liquidation")


@dataclass(frozen=True)
class ClosedTrade:
    """A finished trade: profit in stake currency and as a fraction, its end and its tag."""

    closed: datetime
    side: Side
    profit: float
    profit_ratio: float
    exit_reason: str
    enter_tag: str

    @property
    def regime(self) -> str:
        """First word of the entry's tag: the strategy's tags begin with the regime."""
        return self.enter_tag.split(" ")[0] or "unknown"

    @property
    def decided_by(self) -> str:
        """First word of the exit's reason, which says what decided."""
        return self.exit_reason.split(" ")[0]

    @property
    def was_stopped(self) -> bool:
        """Whether a stop or a liquidation ended it."""
        return any(word in self.exit_reason.lower() for word in STOPS)


def digest_text(
    title: str,
    trades: Sequence[ClosedTrade],
    *,
    balance: float,
    start: float,
    open_trades: int,
    currency: str,
) -> str:
    """The digest of a span of time.

    Parameters
    ----------
    trades : those that were closed in the span.
    balance, start : value of the account now and at the bot's first start, in ``currency``.
    """
    lines = [f"*{escape(title)}*", _result(trades, currency)]
    change = balance / start - 1 if start else 0.0
    lines.append(
        f"Balance {balance:,.2f} {currency}, {change:+.2%} since the start; {open_trades} open"
    )
    if trades:
        lines += [
            f"Exits: {_counts(Counter(trade.decided_by for trade in trades))}",
            _stops_and_winners(trades, currency),
            f"Regimes: {_by_regime(trades, currency)}",
        ]
    return "\n".join(lines)


def four_weeks_text(trades: Sequence[ClosedTrade]) -> str:
    """Statistics of the last four weeks by side; empty without trades."""
    sides: tuple[Side, Side] = ("LONG", "SHORT")
    texts = [
        statistics_text(side, [trade.profit_ratio for trade in trades if trade.side == side])
        for side in sides
        if any(trade.side == side for trade in trades)
    ]
    return "\n".join(texts).rstrip()


def _result(trades: Sequence[ClosedTrade], currency: str) -> str:
    if not trades:
        return "No trade was closed"
    profit = sum(trade.profit for trade in trades)
    won = sum(trade.profit > 0 for trade in trades)
    plural = "s" if len(trades) > 1 else ""
    return (
        f"{len(trades)} trade{plural} closed, profit {profit:+,.2f} {currency}, "
        f"{won / len(trades):.0%} won"
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{escape(name)} {count}" for name, count in counter.most_common())


def _stops_and_winners(trades: Sequence[ClosedTrade], currency: str) -> str:
    stopped = [trade.profit for trade in trades if trade.was_stopped]
    winners = [trade.profit for trade in trades if trade.profit > 0]
    return (
        f"Stops: {len(stopped)} of {_mean(stopped):+,.2f} {currency} on average; "
        f"winners: {len(winners)} of {_mean(winners):+,.2f} {currency}"
    )


def _by_regime(trades: Sequence[ClosedTrade], currency: str) -> str:
    sums: dict[str, list[float]] = defaultdict(list)
    for trade in trades:
        sums[trade.regime].append(trade.profit)
    return ", ".join(
        f"{escape(name)} {len(profits)} ({sum(profits):+,.2f} {currency})"
        for name, profits in sorted(sums.items())
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
