"""How well each regime rule finds the spells of the built-in market, which knows the truth.

    python benchmarks/regime_truth.py

Each market has 20,000 candles of 4h, a volatility of 60 % a year, no planted signal, and bull,
sideways and bear spells of the stated mean length (see ``synthetic_market.price_path``). Rules run
with their defaults, which were chosen on seeds from 100 on; the table is of the seeds from 1 on.
Every rule is judged on the same candles, from the row at which all of them know. Numbers are means
over seeds with a 95 % interval (Student's t).

- accuracy: share of candles whose regime is the spell's.
- found: share of spells in which the rule came to the spell's regime before it ended.
- delay: candles from the spell's beginning to there, median of the spells found.
- changes: of the regime, per 1,000 candles; the truth's own stand beside the table.
- Brier: squared error of the three probabilities, summed; always saying 1/3 gives 0.667.
- seconds: for 20,000 candles, the Markov model's fits among them (a bot makes each fit once; the
  votes find them made here).

The control arm, ``price_above_average``, knows bull and sideways only. ``knows the market`` is the
best that can be hoped for: a filter that is told the drift of each kind of spell, the volatility of
each candle and the mean length of the spells, and only has to find out which one it is in.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from freqai_regimes.features.volatility import periods_per_year
from freqai_regimes.regimes import hidden_markov
from freqai_regimes.regimes.options import RULE_OPTIONS, RegimeSettings
from freqai_regimes.regimes.probabilities import (
    PROBABILITIES,
    REGIME,
    certain,
    doubtful,
    most_probable,
)
from freqai_regimes.regimes.rule import price_above_average, regime_of
from freqai_regimes.regimes.transition import confirmed_regime
from freqai_regimes.synthetic_market import SPELL_DRIFT, MarketSpec, PairPath, simulate

ROWS, TIMEFRAME, CANDLES_PER_DAY = 20_000, "4h", 6
FIRST_ROW = 2500  # the MACD's two spans of 1,200, and the confirmation
COLUMNS = ("accuracy", "found", "delay", "changes", "Brier", "seconds")


def variants() -> dict[str, RegimeSettings]:
    """Settings by the name in the table: each rule alone, ways into a regime, votes."""
    rules: dict[str, list[dict[str, Any]]] = {name: [{"rule": name}] for name in RULE_OPTIONS}
    for measure in ("atr", "bollinger_width"):
        rules[f"chop by {measure}"] = [{"rule": "chop", "measure": measure}]
    three = [{"rule": name} for name in ("moving_average", "price_change", "hidden_markov")]
    rules["vote of average, change, Markov"] = three
    rules["vote of all five"] = [{"rule": name} for name in RULE_OPTIONS]
    made = {name: {"rules": listed} for name, listed in rules.items()}
    average: dict[str, dict[str, Any]] = {
        "moving_average, inner band 0": {"average_inner_band": 0.0},
        "moving_average, dwell 60": {"minimum_dwell_candles": 60},
        "moving_average, no grace period": {"confirmation_candles": 1},
        "moving_average, soft": {"soft": True},
        "vote of all five, soft": {"soft": True, "rules": rules["vote of all five"]},
    }
    return {name: RegimeSettings.model_validate(one) for name, one in (made | average).items()}


@dataclass(frozen=True)
class Scores:
    """Of one rule on one market, in the order of ``COLUMNS``."""

    values: tuple[float, ...]


def scored(answer: pd.DataFrame, spell: pd.Series, seconds: float) -> Scores:
    """Compare with the truth, from ``FIRST_ROW`` on."""
    regime, truth = answer[REGIME].to_numpy()[FIRST_ROW:], spell.to_numpy()[FIRST_ROW:]
    begins = np.flatnonzero(np.diff(truth)) + 1
    delays = []
    for first, end in pairwise(begins):  # whole spells only
        hits = np.flatnonzero(regime[first:end] == truth[first])
        delays.append(float(hits[0]) if len(hits) else np.nan)
    shares = answer[list(PROBABILITIES.values())].to_numpy()[FIRST_ROW:]
    right = np.column_stack([truth == code for code in PROBABILITIES])
    found = ~np.isnan(delays)
    return Scores(
        (
            float((regime == truth).mean()),
            float(found.mean()) if len(delays) else np.nan,
            float(np.median(np.array(delays)[found])) if found.any() else np.nan,
            1000 * float((np.diff(regime) != 0).mean()),
            float(((shares - right) ** 2).sum(axis=1).mean()),
            seconds,
        )
    )


def knows_the_market(path: PairPath, spell_days: float) -> pd.DataFrame:
    """Filter of the spells with everything told but the spells; confirmed as the rules are."""
    returns = path.truth["log_return"].to_numpy()
    sigma = path.truth["volatility"].shift(1).bfill().to_numpy()  # that of the candle itself
    drift = np.array([SPELL_DRIFT[code] for code in (-1, 0, 1)]) / periods_per_year(TIMEFRAME)
    density = norm.pdf(returns[:, None], drift - sigma[:, None] ** 2 / 2, sigma[:, None])
    leave = 1 / (spell_days * CANDLES_PER_DAY)
    move = np.full((3, 3), leave / 2) + np.eye(3) * (1 - 1.5 * leave)
    shares = np.empty_like(density)
    now = np.full(3, 1 / 3)
    for row, weight in enumerate(density):
        now = now @ move * weight
        now = shares[row] = now / now.sum()
    answer = doubtful(
        path.truth["spell"] * 1.0, bull=pd.Series(shares[:, 2]), bear=pd.Series(shares[:, 0])
    )
    return answer.assign(**{REGIME: confirmed_regime(most_probable(answer), 6)})


def judged(seed: int, spell_days: float) -> dict[str, Scores]:
    """Every rule on one market."""
    days = ROWS // CANDLES_PER_DAY + 1
    spec = MarketSpec(
        pairs=("BTC/USDT",),
        timeframe=TIMEFRAME,
        timeframes=(TIMEFRAME,),
        days=days,
        seed=seed,
        spell_days=spell_days,
    )
    path = simulate(spec)["BTC/USDT"]
    candles, spell = path.candles[:ROWS], path.truth["spell"][:ROWS]
    rules: dict[str, Callable[[], pd.DataFrame]] = {
        name: lambda settings=settings: regime_of(candles, settings, settings.average_candles)
        for name, settings in variants().items()
    }
    control = RegimeSettings()
    rules["control: price_above_average"] = lambda: price_above_average(candles, control, 300)
    rules["control: always sideways"] = lambda: certain(spell * 0.0)
    rules["knows the market"] = lambda: knows_the_market(path, spell_days)[:ROWS]
    scores = {}
    for name, rule in rules.items():
        if name == "hidden_markov":
            hidden_markov.forget_fits()  # the votes find its fits made
        begun = time.perf_counter()
        answer = rule()
        scores[name] = scored(answer, spell, time.perf_counter() - begun)
    truth = scored(certain(spell * 1.0), spell, 0.0)
    return {**scores, "truth": truth}


def interval(values: list[float], digits: int) -> str:
    """Mean and half of its 95 % interval."""
    known = np.array([value for value in values if not np.isnan(value)])
    if len(known) < 2:
        return "-"
    half = student.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))
    return f"{known.mean():.{digits}f} ± {half:.{digits}f}"


def table(results: list[Mapping[str, Scores]]) -> str:
    """Markdown, one row a rule, the most accurate first; the controls last."""
    accuracy = {
        name: float(np.mean([one[name].values[0] for one in results])) for name in results[0]
    }
    last = [name for name in accuracy if name.startswith(("control", "knows"))]
    names = sorted(set(accuracy) - {*last, "truth"}, key=lambda name: -accuracy[name])
    lines = [f"| rule | {' | '.join(COLUMNS)} |", "|---|" + "---:|" * len(COLUMNS)]
    for name in names + last:
        columns = zip(*(one[name].values for one in results), strict=True)
        cells = [
            f"{np.mean(values):.1f}" if column == "seconds" else interval(list(values), digits)
            for column, values, digits in zip(COLUMNS, columns, (3, 2, 0, 1, 3, 1), strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print one table for each length of the spells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="markets of each kind")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--spell-days", type=float, nargs="+", default=[60.0, 180.0, 360.0])
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    with ProcessPoolExecutor(given.workers) as pool:
        for spell_days in given.spell_days:
            results = list(pool.map(judged, seeds, repeat(spell_days)))
            own = interval([one["truth"].values[3] for one in results], 1)
            print(
                f"\nSpells of {spell_days:g} days = {spell_days * CANDLES_PER_DAY:g} candles on "
                f"average; the truth changes {own} times in 1,000 candles. Seeds "
                f"{seeds[0]} to {seeds[-1]}.\n\n{table(results)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
