"""What a sweep of many pairs and configurations would cost, from windows measured here.

    python benchmarks/sweep_cost.py --pairs 100 --configurations 50 --years 3 --cores 64

Windows of regime-4h (expanding, one pool, its own settings) on built-in candles are fitted with
few pairs; the CPU time of a window is a straight line in its rows, which the last size checks.
Features are measured once a pair.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from expert_gain import BUILT_IN, BY_REGIME, rows_of, window_of

from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.experts import fit_experts
from freqai_regimes.settings import parse_settings
from freqai_regimes.synthetic_market import simulate

CANDLES_A_DAY = 6
SIZES = (6_000, 12_000, 24_000)


@dataclass(frozen=True)
class Cost:
    """CPU seconds: of a pair's features for each candle, and of a window by its rows."""

    features: float
    fixed: float
    row: float
    told: float  # the largest size, told from the other two, over what it took

    def window(self, rows: float) -> float:
        """Of one window."""
        return self.fixed + self.row * rows


def measured() -> Cost:
    """Fit windows of each size."""
    merged = RunConfig.load("regime-4h", futures=False, model=True, own=()).merged
    experts = parse_settings({"regimes": {"experts": merged["regimes"]["experts"]}}).experts
    settings = BUILT_IN.settings.model_copy(update={"experts": experts})
    paths = simulate(BY_REGIME)
    candles = {pair: path.candles for pair, path in paths.items()}
    began = time.process_time()
    rows = rows_of(candles, BUILT_IN)
    features = (time.process_time() - began) / sum(map(len, candles.values()))
    taken = []
    for size in SIZES:
        began = time.process_time()
        fit_experts(
            window_of(rows.iloc[:size].reset_index(drop=True)),
            settings=settings,
            parameters=merged["freqai"]["model_training_parameters"],
            package_version="benchmark",
        )
        taken.append(time.process_time() - began)
    row = (taken[1] - taken[0]) / (SIZES[1] - SIZES[0])
    fixed = max(0.0, taken[0] - row * SIZES[0])
    told = (fixed + row * SIZES[2]) / taken[2]
    return Cost(features, fixed, row, told)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--configurations", type=int, default=50)
    parser.add_argument("--years", type=float, default=3, help="that are predicted")
    parser.add_argument("--train-days", type=int, default=365)
    parser.add_argument("--window-days", type=int, default=30)
    parser.add_argument("--cores", type=int, default=64)
    given = parser.parse_args()
    cost = measured()
    days = np.arange(0, given.years * 365, given.window_days) + given.train_days
    fits = sum(cost.window(day * CANDLES_A_DAY * given.pairs) for day in days)
    candles = (days[-1] + given.window_days) * CANDLES_A_DAY * given.pairs
    once = cost.features * candles
    hours = given.configurations * (fits + once) / 3600
    print(
        f"A window costs {cost.fixed:.2f} s of CPU and {1e6 * cost.row:.0f} us a row (told of "
        f"{SIZES[-1]:,} rows: {cost.told:.2f} times what it took); "
        f"features {1e6 * cost.features:.0f} us a candle."
    )
    print(
        f"{given.pairs} pairs of 4h candles, {len(days)} expanding windows: {fits:.0f} s of fits "
        f"and {once:.0f} s of features a configuration."
    )
    print(
        f"{given.configurations} configurations: {hours:.1f} hours of one core; fits on "
        f"{given.cores} cores, features on one: "
        f"{given.configurations * (fits / given.cores + once) / 3600:.1f} hours."
    )


if __name__ == "__main__":
    main()
