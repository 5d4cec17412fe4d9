"""Which request meets which fault, and for how long: drawn from one seeded sequence."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from freqai_regimes.local_exchange.faults.rule import MINUTE_MS, FaultRule


@dataclass
class FaultPlan:
    """The rules in force, how often each was met, and the sequence that decides."""

    rules: list[FaultRule] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        self.replace(self.rules)

    def replace(self, rules: list[FaultRule]) -> None:
        """Put other rules in force; counts and the random sequence begin anew."""
        self.rules = list(rules)
        self.met = [0] * len(self.rules)
        self._drawn = [0] * len(self.rules)
        self._until = [0] * len(self.rules)
        self._since: dict[int, int] = {}
        self._random = random.Random(self.seed)

    def choose(self, method: str, path: str, text: str, now_ms: int) -> FaultRule | None:
        """The first rule that a request meets; None for a request that goes well."""
        for number, rule in enumerate(self.rules):
            if rule.kind == "delisted" or not rule.fits(method, path, text, now_ms):
                continue
            if now_ms >= self._until[number] and not self._draw(number, rule, now_ms):
                continue
            self.met[number] += 1
            return rule
        return None

    def delistings(self, now_ms: int) -> Mapping[str, int]:
        """Symbols that are not traded now, with the moment (ms) at which each was taken off."""
        return {
            str(rule.symbol): self._since.setdefault(number, int(rule.begin or now_ms))
            for number, rule in enumerate(self.rules)
            if rule.kind == "delisted" and rule.in_time(now_ms)
        }

    def _draw(self, number: int, rule: FaultRule, now_ms: int) -> bool:
        """Whether a fault begins now; one that has ``minutes`` then goes on by itself."""
        if rule.times is not None and self._drawn[number] >= rule.times:
            return False
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return False
        self._drawn[number] += 1
        if rule.minutes is not None:
            self._until[number] = now_ms + round(rule.minutes * MINUTE_MS)
        return True
