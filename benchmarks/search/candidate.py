"""A candidate of the search, and how the rule of docs/results.md judges it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from search.account import Account, joined
from search.blocks import Block
from search.paired import Gain, gain
from search.rule_arm import rule_account

LEVEL = 0.05


@dataclass(frozen=True)
class Candidate:
    """What would be traded instead of the rule.

    Attributes
    ----------
    direction, name : which of the directions, and which configuration of it.
    blocks : that it can be computed on.
    account : its account on a block, at costs times a factor.
    """

    direction: str
    name: str
    blocks: tuple[Block, ...]
    account: Callable[[Block, float], Account]


@dataclass(frozen=True)
class Trial:
    """A candidate's accounts, and its gain over the rule at single and doubled costs."""

    candidate: Candidate
    accounts: dict[str, Account]
    rules: dict[str, Account]
    gain: Gain
    gain_at_double_cost: float

    @property
    def blocks_better(self) -> int:
        """Blocks on which its Sharpe ratio is above the rule's."""
        return sum(self.accounts[name].sharpe > self.rules[name].sharpe for name in self.accounts)

    def wins_exploration(self, trials: int) -> bool:
        """Points 1 to 3 of the rule."""
        return (
            self.gain.interval(LEVEL / trials)[0] > 0
            and self.gain_at_double_cost > 0
            and self.blocks_better > len(self.accounts) / 2
        )


def judge(candidate: Candidate, blocks: Sequence[Block]) -> Trial:
    """Compute a candidate on blocks beside the rule."""
    factors = (1.0, 2.0)
    ours = {f: {b.name: candidate.account(b, f) for b in blocks} for f in factors}
    rules = {f: {b.name: rule_account(b, factor=f) for b in blocks} for f in factors}
    gains = [gain(joined(ours[f]), joined(rules[f])) for f in factors]
    return Trial(candidate, ours[1.0], rules[1.0], gains[0], gains[1].difference)


def best(trials: Sequence[Trial]) -> Trial:
    """The one whose interval begins highest."""
    return max(trials, key=lambda trial: trial.gain.interval()[0])
