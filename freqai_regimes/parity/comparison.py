"""Everything that two runs have in common and in what they differ, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqai_regimes.parity.difference import Difference
from freqai_regimes.parity.trade_pairs import TradePair


@dataclass(frozen=True)
class Counted:
    """How many things of a kind were compared, and how many were not the same."""

    compared: int
    differing: int


@dataclass(frozen=True)
class Comparison:
    """What a live run and its backtest have in common, and in what they differ.

    Attributes
    ----------
    names : of both sides, live first.
    pairs : that were compared.
    first, last : candles between which both were compared; None if no candle was.
    counted : stage, ``training``, ``lock`` or ``trade`` -> how many.
    differences : in the order of time within candles, trainings, trades, locks.
    trades : matched, in the order of time.
    """

    names: tuple[str, str]
    pairs: tuple[str, ...]
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    counted: Mapping[str, Counted]
    differences: tuple[Difference, ...]
    trades: tuple[TradePair, ...]

    @property
    def passed(self) -> bool:
        """Whether every difference is of an allowed cause."""
        return all(each.allowed for each in self.differences)

    @property
    def exit_code(self) -> int:
        """0 if it passed, 1 if not."""
        return 0 if self.passed else 1

    @property
    def money(self) -> float:
        """Live's profit less the backtest's over all trades, in stake currency."""
        return float(sum(each.money for each in self.differences))

    @property
    def profits(self) -> tuple[float, float]:
        """Profit of each side's trades; an open trade that nobody valued counts 0."""
        sides = zip(*((one.live, one.backtest) for one in self.trades), strict=True)
        sums = [sum(t.profit for t in side if t and t.profit == t.profit) for side in sides]
        return (float(sums[0]), float(sums[1])) if sums else (0.0, 0.0)

    @property
    def verdict(self) -> str:
        """One sentence for people."""
        total = sum(one.compared for one in self.counted.values())
        if total == 0:
            return "Nothing was compared: the two runs have neither candles nor trades in common."
        if not self.differences:
            return f"Equal: {total:,} values, trainings, locks and trades are the same on both."
        allowed = sum(each.allowed for each in self.differences)
        beyond = len(self.differences) - allowed
        if beyond == 0:
            return f"Equal but for {allowed:,} differences that cannot be avoided."
        return f"{beyond:,} differences beyond the allowed ones ({allowed:,} are allowed)."

    def by_cause(self) -> pd.DataFrame:
        """One row a cause and kind of thing, those that are not allowed first.

        Columns: ``cause``, ``allowed``, ``kind``, ``count``, ``pairs``, ``first``, ``last``,
        ``money``, ``reason`` (of the first one).
        """
        groups: dict[tuple[bool, str, str], list[Difference]] = {}
        for each in self.differences:
            groups.setdefault((each.allowed, each.cause_in_words, each.kind), []).append(each)
        rows = [
            {
                "cause": cause,
                "allowed": allowed,
                "kind": kind,
                "count": len(found),
                "pairs": ", ".join(sorted({each.pair for each in found})),
                "first": min(each.date for each in found),
                "last": max(each.date for each in found),
                "money": sum(each.money for each in found),
                "reason": found[0].reason,
            }
            for (allowed, cause, kind), found in sorted(
                groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0])
            )
        ]
        columns = ["cause", "allowed", "kind", "count", "pairs", "first", "last", "money", "reason"]
        return pd.DataFrame(rows, columns=columns)

    def money_by_cause(self) -> dict[str, float]:
        """Cause in words -> what its differences did to live's profit, the dearest first."""
        found: dict[str, float] = {}
        for each in self.differences:
            if each.money:
                found[each.cause_in_words] = found.get(each.cause_in_words, 0.0) + each.money
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return {
            "passed": self.passed,
            "verdict": self.verdict,
            "names": list(self.names),
            "pairs": list(self.pairs),
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "counted": {kind: vars(one) for kind, one in self.counted.items()},
            "profit": dict(zip(("live", "backtest"), self.profits, strict=True)),
            "money": self.money,
            "money_by_cause": self.money_by_cause(),
            "differences": [each.to_json() for each in self.differences],
            "trades": [_trades(one) for one in self.trades],
        }


def _trades(pair: TradePair) -> dict[str, Any]:
    sides = {"live": pair.live, "backtest": pair.backtest}
    return {name: None if trade is None else trade.to_json() for name, trade in sides.items()}
