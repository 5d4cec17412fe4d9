"""How often intervals hold the outcome, before and after the market grows wilder.

    python benchmarks/interval_coverage.py

Overlapping returns over 12 candles of a random walk whose volatility is 2.5 times as large from the
middle on; the interval comes from 1,000 calm rows. Stated beforehand: the adaptive interval stays
within 0.02 of what it promises in both halves. Seeds from 1000 on, none of which chose a default.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.intervals.adaptive import adapted_intervals
from freqai_regimes.intervals.options import IntervalOptions
from freqai_regimes.intervals.split_conformal import fit_interval

SEEDS = range(1000, 1040)
ROWS, VALIDATION, HORIZON, WILDER = 7000, 1000, 12, 2.5
Held = dict[str, tuple[float, float]]


def half_and_half(frame: pd.DataFrame, lower: pd.Series, upper: pd.Series) -> tuple[float, float]:
    """Share of outcomes inside, of the calm half and of the wild half."""
    held = (frame["outcome"] >= lower) & (frame["outcome"] <= upper)
    middle = len(frame) // 2
    return float(held[:middle].mean()), float(held[middle:].mean())


def one_market(seed: int, coverage: float) -> Held:
    rng = np.random.default_rng(seed)
    total = np.concatenate([[0.0], rng.normal(size=ROWS + HORIZON).cumsum()])
    wild = np.arange(ROWS) >= VALIDATION + (ROWS - VALIDATION) // 2
    volatility = np.where(wild, WILDER, 1.0)
    outcome = (total[HORIZON + 1 :] - total[1:-HORIZON]) / np.sqrt(HORIZON) * volatility
    prediction = 0.1 * rng.normal(size=ROWS)
    old, new = slice(0, VALIDATION), slice(VALIDATION, None)
    plain = fit_interval(prediction[old], outcome[old], coverage=coverage)
    scaled = fit_interval(prediction[old], outcome[old], volatility[old], coverage=coverage)
    lower, upper = plain.bounds(prediction[new])
    date = pd.Series(pd.date_range("2024-01-01", periods=ROWS - VALIDATION, freq="h", tz="UTC"))
    frame = pd.DataFrame(
        {
            "date": date,
            "prediction": prediction[new],
            "lower": lower,
            "upper": upper,
            "outcome": outcome[new],
            "known_at": date + pd.Timedelta(hours=HORIZON),
        }
    )
    adapted = adapted_intervals(frame, IntervalOptions(coverage=coverage))
    by_volatility = [pd.Series(bound) for bound in scaled.bounds(prediction[new], volatility[new])]
    return {
        "plain": half_and_half(frame, frame["lower"], frame["upper"]),
        "by known volatility": half_and_half(frame, *by_volatility),
        "adaptive": half_and_half(frame, adapted["lower"], adapted["upper"]),
    }


def main() -> None:
    print(f"{len(SEEDS)} seeds, mean and 95 % bound of the mean\n")
    print(f"{'promised':<10}{'interval':<22}{'calm half':>18}{'wild half':>18}")
    for coverage in (0.8, 0.9):
        runs = [one_market(seed, coverage) for seed in SEEDS]
        for name in runs[0]:
            cells = []
            for half in (0, 1):
                shares = np.array([run[name][half] for run in runs])
                bound = 1.96 * shares.std(ddof=1) / np.sqrt(len(shares))
                cells.append(f"{shares.mean():.3f} +- {bound:.3f}")
            print(f"{coverage:<10}{name:<22}{cells[0]:>18}{cells[1]:>18}")


if __name__ == "__main__":
    main()
