"""Runs the search of docs/results.md: does anything beat the regime rule with its model off.

    REGIMES_DATA=path/to/data python benchmarks/moonshot.py [--directions cross_section ...]

Every configuration is a trial, appended to the log of runs in ``--userdir``. Only exploration
candles are read, unless ``--confirm "DIRECTION: NAME"`` asks for the one look that the rule grants.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

import numpy as np
from search.blocks import BLOCKS, EXPLORED, Block
from search.candidate import LEVEL, Candidate, Trial, best, judge
from search.history import History
from search.trial_log import log_trial

DIRECTIONS = (
    "cross_section",
    "carry",
    "meta_labels",
    "horizons",
    "resting_orders",
    "funding_features",
)
WINDOWS = (6, 24, 84, 180)
HORIZONS = (6, 18, 42)
HEAD = (
    f"{'candidate':38}{'days':>5}{'Sharpe':>7}{'rule':>6}{'gain':>7}{'95 %':>16}"
    f"{'cost x2':>8}{'blocks':>7}{'a side':>8}"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directions", nargs="+", default=DIRECTIONS, choices=DIRECTIONS)
    parser.add_argument("--confirm", help="candidate that is looked at on confirmation candles")
    parser.add_argument("--userdir", type=Path, default=Path("user_data"))
    given = parser.parse_args()
    offered = offer(BLOCKS if given.confirm else EXPLORED)
    trials = sum(len(candidates) for candidates in offered.values())
    print(f"{trials} configurations in {len(DIRECTIONS)} directions\n\n{HEAD}", flush=True)
    for direction in given.directions:
        began = time.process_time()
        wanted = [c for c in offered[direction] if given.confirm in (None, title(c))]
        done = [judged(c, given.userdir, confirm=given.confirm is not None) for c in wanted]
        if done:
            print("\n".join(verdict(best(done), trials, confirm=given.confirm is not None)))
            print(f"    ({time.process_time() - began:.0f} s of CPU)\n", flush=True)
    return 0


def offer(blocks: tuple[Block, ...]) -> dict[str, list[Candidate]]:
    """Every candidate by direction, learning from these blocks alone."""
    history = History("4h", WINDOWS, HORIZONS, blocks)
    return {
        direction: importlib.import_module(f"search.{direction}").candidates(history)
        for direction in DIRECTIONS
    }


def judged(candidate: Candidate, userdir: Path, *, confirm: bool) -> Trial:
    """Compute a candidate, log it, print its line."""
    blocks = [block for block in candidate.blocks if block.confirms == confirm]
    trial = judge(candidate, blocks)
    log_trial(trial, blocks, userdir)
    print(line(trial), flush=True)
    return trial


def verdict(trial: Trial, trials: int, *, confirm: bool) -> list[str]:
    """What the written rule says of a direction's best, and its blocks."""
    blocks = [block for block in trial.candidate.blocks if block.name in trial.accounts]
    said = [detail(trial, block) for block in blocks]
    if confirm:
        return said
    low = trial.gain.interval()[0]
    strict = trial.gain.interval(LEVEL / trials)[0]
    look = "earns its look" if low > 0 else "no look"
    wins = "passes" if trial.wins_exploration(trials) else "does not pass"
    said.insert(
        0,
        f"    chosen: {trial.candidate.name}; interval from {low:+.4f}: {look}; at 5 % / {trials} "
        f"from {strict:+.4f}: {wins} exploration",
    )
    return said


def title(candidate: Candidate) -> str:
    return f"{candidate.direction}: {candidate.name}"


def line(trial: Trial) -> str:
    low, high = trial.gain.interval()
    ours = np.mean([a.sharpe for a in trial.accounts.values()])
    theirs = np.mean([a.sharpe for a in trial.rules.values()])
    traded = sum(a.traded for a in trial.accounts.values())
    gross = sum(a.gross for a in trial.accounts.values())
    return (
        f"{title(trial.candidate):38}{trial.gain.days:>5}{ours:>7.2f}{theirs:>6.2f}"
        f"{trial.gain.difference:>+7.2f}{f'[{low:+.2f}, {high:+.2f}]':>16}"
        f"{trial.gain_at_double_cost:>+8.2f}{trial.blocks_better:>4}/{len(trial.accounts)}"
        f"{1e4 * gross / traded:>6.1f}bp"
    )


def detail(trial: Trial, block: Block) -> str:
    ours, theirs = trial.accounts[block.name], trial.rules[block.name]
    return (
        f"    {block.name:32}{ours.net:>+8.1%}{ours.sharpe:>6.2f}{ours.drawdown:>7.1%}"
        f"  rule{theirs.net:>+8.1%}{theirs.sharpe:>6.2f}{theirs.drawdown:>7.1%}"
        f"  turnover{ours.turnover:>6.1f}{theirs.turnover:>6.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
