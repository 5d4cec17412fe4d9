"""How often the verdict is wrong: on markets of pure noise, and on ones with a planted signal.

    python benchmarks/verdict_calibration.py --results verdict.jsonl choose
    python benchmarks/verdict_calibration.py --results verdict.jsonl show

Each market is a built-in one of five years: three to train, two to trade by the small walk-forward
of ``small_walk.py``. It is judged twice: as one configuration, and as the best of nine thresholds,
all nine counted as trials. ``choose`` is what the thresholds of ``evidence/verdict.py`` were chosen
by, ``show`` the table of docs/evidence.md; their seeds share nothing. Results are kept line by
line, so that a broken-off run goes on; a file with results of another design (markets, settings,
thresholds tried, the code that makes the figures) is refused.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import itertools
import json
import math
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import small_walk
from scipy.stats import beta
from small_walk import Candles, Run, predictions, trade_on, walk_settings

from freqai_regimes.evaluation import deflated_sharpe
from freqai_regimes.evidence import (
    assessment,
    block_length,
    cost_stress,
    fills,
    random_entries,
    stationary_bootstrap,
    track_record,
)
from freqai_regimes.evidence.assessment import assess
from freqai_regimes.evidence.verdict import SURVIVES, Figures, Thresholds, verdict
from freqai_regimes.synthetic_market import MarketSpec, PairPath, simulate
from freqai_regimes.synthetic_market.planted_signal import persistence

SPEC = MarketSpec(
    pairs=("BTC/USDT", "ETH/USDT", "SOL/USDT"),
    timeframe=small_walk.TIMEFRAME,
    timeframes=(small_walk.TIMEFRAME,),
    start="2018-01-01",
    days=small_walk.TRAIN_DAYS + small_walk.TEST_DAYS,
    signal_horizon_candles=small_walk.HORIZON,
    spell_days=0.0,
)
#: Files whose code makes the figures (comments do not count).
MADE_BY = (
    *(small_walk, assessment, block_length, cost_stress, deflated_sharpe, fills),
    *(random_entries, stationary_bootstrap, track_record),
)
#: Margins over the cost and exit thresholds that a user might try, as fractions.
TRIED = tuple(itertools.product((0.0, 0.002, 0.005), (0.0, 0.002, 0.005)))
FIXED = (0.002, 0.002)  # of these, the one that walk_settings() has
STRENGTHS = tuple(np.round(np.arange(0.04, 0.37, 0.04), 2).tolist())
LEVELS = (1, 2, 3, 4)
RISE = 0.7  # of the log price in a year, in markets that rise without a signal
LEVEL_SEEDS = range(70_001, 70_031)
#: Seeds by part and kind of market: 0 is noise, a level a planted signal, "rise" noise that rises.
SEEDS: dict[str, dict[Any, range]] = {
    "choose": {0: range(50_001, 50_061), 4: range(51_001, 51_031)},
    "show": {
        0: range(1, 201),
        4: range(1001, 1061),
        3: range(1001, 1021),
        2: range(1001, 1021),
        1: range(1001, 1021),
        "rise": range(2001, 2021),
    },
}
CANDIDATES = tuple(
    Thresholds(deflated_sharpe=sure, bootstrap_not_positive=1 - sure, random_entries=chance)
    for sure in (0.8, 0.9, 0.95, 0.975)
    for chance in (0.05, 0.1, 1.0)
)
#: Noise that is not traded without costs too, to save time.
NOT_FREE = range(72, 50_000)
NOISE_ALLOWED, FREE_ALLOWED = 0.025, 0.05
ARMS = {
    "one": "One configuration",
    "best": f"Best of {len(TRIED)}, all counted as trials",
    "one free": "One configuration, trades cost nothing",
    "best free": f"Best of {len(TRIED)}, trades cost nothing",
}


@dataclass(frozen=True)
class Task:
    """One market: its kind (see ``SEEDS``), its seed, and the strength of its signal."""

    kind: Any
    seed: int
    strength: float


# --- one market ------------------------------------------------------------------------------


def told_by_the_signal(paths: dict[str, PairPath]) -> pd.DataFrame:
    """Expected return over the label's horizon from the true signal, in the form of predictions."""
    ahead = sum(persistence(small_walk.HORIZON) ** k for k in range(small_walk.HORIZON))
    parts = []
    for pair in sorted(paths):
        known = pd.DataFrame(
            {
                "pair": pair,
                "date": paths[pair].truth["date"],
                "regime": 0.0,
                "volatility": paths[pair].truth["volatility"],
                "expected_return": paths[pair].truth["expected_next_return"] * ahead,
            }
        )
        parts.append(known.iloc[small_walk.TRAIN_DAYS * SPEC.candles_per_day :])
    return pd.concat(parts, ignore_index=True)


def market(task: Task) -> tuple[dict[str, PairPath], Candles]:
    """Paths of a task, and the candles that are traded."""
    paths = simulate(replace(SPEC, seed=task.seed, signal_strength=task.strength))
    candles = {pair: path.candles for pair, path in paths.items()}
    if task.kind == "rise":
        years = np.arange(SPEC.candles + 1) / SPEC.candles_per_day / 365
        for frame in candles.values():
            for name in ("open", "high", "low", "close"):
                at = years[:-1] if name == "open" else years[1:]
                frame[name] *= np.exp(RISE * at)
            frame["high"] = frame[["open", "high", "low", "close"]].max(axis=1)
            frame["low"] = frame[["open", "high", "low", "close"]].min(axis=1)
    return paths, candles


def true_sharpe(task: Task) -> float:
    """Annual net Sharpe ratio of the true signal, by the same rule and costs."""
    paths, candles = market(task)
    return trade_on(candles, told_by_the_signal(paths), walk_settings()).sharpe


def judged(task: Task) -> dict[str, Any]:
    """Figures of a market's walk-forward: of one configuration, and of the best of all tried."""
    os.environ["OMP_NUM_THREADS"] = "1"
    _, candles = market(task)
    said = predictions(candles, walk_settings())
    signal = true_sharpe(task) if task.strength > 0 else 0.0
    line = {"kind": task.kind, "seed": task.seed, "strength": task.strength, "true": signal}
    for name, free in (("", False), (" free", True)):
        if free and (task.strength > 0 or task.seed in NOT_FREE):
            break  # without costs only chance is of interest
        runs = {one: trade_on(candles, said, walk_settings(*one, free)) for one in TRIED}
        best = max(runs.values(), key=lambda run: run.sharpe)
        line[f"one{name}"] = figures(runs[FIXED], 1, task.seed)
        line[f"best{name}"] = figures(best, len(TRIED), task.seed)
    return line


def figures(run: Run, trials: int, seed: int) -> dict[str, Any]:
    """What the verdict is made from, and the ratio.

    A run that lost has no edge whatever else is said of it, so nothing else is computed.
    """
    if run.daily.sum() <= 0:
        nothing = dict.fromkeys(Figures.__dataclass_fields__, math.nan)
        lost = float(np.prod(1 + run.daily) - 1)
        return nothing | {"net_return": lost, "trials": trials, "sharpe": run.sharpe}
    found = assess(
        run.daily,
        run.trades,
        run.candles,
        starting_balance=run.balance,
        trials=trials,
        seed=seed,
    )
    made = Figures(
        net_return=found.costs.at(1.0).net_return,
        days=found.record.days,
        trades=len(run.trades),
        trials=trials,
        deflated_sharpe=found.record.dsr,
        bootstrap_not_positive=found.intervals.not_positive,
        random_entries=found.entries.p_value,
        net_return_twice_cost=found.costs.at(2.0).net_return,
    )
    assert verdict(made) == found.verdict
    return asdict(made) | {"sharpe": found.record.sharpe}


# --- all of them -----------------------------------------------------------------------------


def design() -> str:
    """What all lines of one calibration share: settings of markets and runs, and the statistics.

    The thresholds of the verdict are no part of it: a line holds the figures they are put to.
    """
    fixed = (SPEC, walk_settings().model_dump_json(), TRIED, FIXED, STRENGTHS, RISE)
    sizes = (small_walk.TRAIN_DAYS, small_walk.STEP_DAYS, small_walk.TEST_DAYS)
    made_by = [ast.dump(ast.parse(Path(str(part.__file__)).read_text())) for part in MADE_BY]
    text = repr((fixed, str(LEVEL_SEEDS), sizes, small_walk.PARAMETERS, made_by))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def kept(path: Path) -> list[dict[str, Any]]:
    """Lines of a file; one that was cut off in writing is left out.

    Raises
    ------
    SystemExit
        If any is of another design.
    """
    lines: list[dict[str, Any]] = []
    for line in path.read_text().splitlines() if path.is_file() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    others = {str(line.get("design")) for line in lines} - {design()}
    if others:
        raise SystemExit(
            f"{path} holds results of other settings or statistics ({', '.join(sorted(others))}); "
            f"this program's are {design()}. Give a new file: python "
            "benchmarks/verdict_calibration.py --results NEW choose"
        )
    return lines


def keep(path: Path, line: dict[str, Any]) -> None:
    """Append a line, safely on disk."""
    with path.open("a") as file:
        file.write(json.dumps({"design": design(), **line}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def strengths(path: Path, pool: ProcessPoolExecutor) -> dict[Any, float]:
    """Strength of the signal by kind of market, so that its own mean net Sharpe is the level."""
    found = [line["levels"] for line in kept(path) if "levels" in line]
    if not found:
        tasks = [Task("level", seed, s) for s in STRENGTHS for seed in LEVEL_SEEDS]
        ratios = list(pool.map(true_sharpe, tasks, chunksize=20))
        means = np.reshape(ratios, (len(STRENGTHS), -1)).mean(axis=1)
        found = [[float(np.interp(level, means, STRENGTHS)) for level in LEVELS]]
        keep(path, {"levels": found[0], "means": means.tolist()})
    return {0: 0.0, "rise": 0.0} | dict(zip(LEVELS, found[0], strict=True))


def run(path: Path, part: str, workers: int) -> list[dict[str, Any]]:
    """Judge every market of a part that is not kept yet; all its lines."""
    with ProcessPoolExecutor(workers) as pool:
        strength = strengths(path, pool)
        done = {(line["kind"], line["seed"]) for line in kept(path) if "seed" in line}
        tasks = [
            (place / len(seeds), Task(kind, seed, strength[kind]))
            for kind, seeds in SEEDS[part].items()
            for place, seed in enumerate(seeds)
            if (kind, seed) not in done
        ]
        # All kinds go forward side by side, so that a run that is broken off shows all of them.
        tasks.sort(key=lambda task: task[0])
        waiting = [pool.submit(judged, task) for _, task in tasks]
        for number, one in enumerate(as_completed(waiting), 1):
            keep(path, one.result())
            print(f"\r{number} of {len(tasks)} markets", end="", flush=True)
    print()
    return list(of_part(path, part))


def of_part(path: Path, part: str) -> Iterator[dict[str, Any]]:
    """Kept lines of a part's seeds."""
    for line in kept(path):
        if "seed" in line and line["seed"] in SEEDS[part].get(line["kind"], ()):
            yield line


# --- tables ----------------------------------------------------------------------------------


def said(line: dict[str, Any], arm: str, thresholds: Thresholds | None = None) -> bool:
    """Whether the last verdict is said."""
    values = {name: value for name, value in line[arm].items() if name != "sharpe"}
    return verdict(Figures(**values), thresholds).words == SURVIVES


def upper_bound(times: int, of: int) -> float:
    """One-sided 95 % bound of a share, by Clopper and Pearson."""
    return 1.0 if times == of else float(beta.ppf(0.95, times + 1, of - times))


def lower_bound(times: int, of: int) -> float:
    """The same from below."""
    return 0.0 if times == 0 else float(beta.ppf(0.05, times, of - times + 1))


def choice(lines: list[dict[str, Any]]) -> None:
    """Print the last verdict's share by candidate; the rule of choice stands below the table."""
    columns = [(0, arm) for arm in ARMS] + [(4, "one"), (4, "best")]
    print("Last verdict by thresholds, on noise and on a signal of 4")
    heads = [f"{'noise' if kind == 0 else 'signal'}, {arm}" for kind, arm in columns]
    print(f"{'dsr':>6} {'entries':>8}" + "".join(f"{head:>18}" for head in heads))
    for one in CANDIDATES:
        cells = ""
        for kind, arm in columns:
            own = [said(line, arm, one) for line in lines if line["kind"] == kind]
            cells += f"{np.mean(own) if own else np.nan:18.1%}"
        print(f"{one.deflated_sharpe:6.3f} {one.random_entries:8.2f}{cells}")
    print(
        f"Rule: of those that say it on noise in at most {NOISE_ALLOWED:.1%} at the costs, and in "
        f"at most {FREE_ALLOWED:.0%} without, the greatest power in the last column; of equals, "
        "the strictest."
    )


def table(lines: list[dict[str, Any]]) -> None:
    """Print the last verdict's share by kind of market, with its bounds."""
    used = asdict(Thresholds())
    print("Thresholds: " + ", ".join(f"{name} {value:g}" for name, value in used.items()))
    heads = ("market", "seeds", "markets", "signal's", "own", "says edge", "95 % bound")
    for arm, title in ARMS.items():
        print(f"\n{title}: mean net Sharpe of the signal and of the run, and the last verdict")
        print("{:>8} {:>12} {:>8} {:>9} {:>6} {:>14} {:>11}".format(*heads))
        for kind, seeds in SEEDS["show"].items():
            own = [line for line in lines if line["kind"] == kind and arm in line]
            if not own:
                continue
            times = sum(said(line, arm) for line in own)
            planted = kind in LEVELS
            bound = (lower_bound if planted else upper_bound)(times, len(own))
            name = f"signal {kind}" if planted else "noise" if kind == 0 else "rising"
            print(
                f"{name:>8} {f'{seeds[0]}-{seeds[-1]}':>12} {len(own):8d} "
                f"{np.mean([line['true'] for line in own]):9.2f} "
                f"{np.mean([line[arm]['sharpe'] for line in own]):6.2f} "
                f"{f'{times} = {times / len(own):.1%}':>14} "
                f"{'>=' if planted else '<='} {bound:.1%}"
            )


def main() -> None:
    """Parse the arguments, run what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=sorted(SEEDS))
    parser.add_argument("--results", type=Path, required=True, help="file that is added to")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--print-only", action="store_true", help="of what is kept so far")
    given = parser.parse_args()
    if given.print_only:
        lines = list(of_part(given.results, given.part))
    else:
        lines = run(given.results, given.part, given.workers)
    (choice if given.part == "choose" else table)(lines)


if __name__ == "__main__":
    main()
