"""How long the feature generators take for 100,000 rows, beside pandas-apply versions of the same.

Run it with ``python benchmarks/feature_speed.py``; it needs no data, no network and half a minute.
Each function is first held against its pandas-apply version (the same numbers, or it stops), then
timed: the best of three runs. The pandas-apply version gets fewer rows and is scaled up, which is
fair to it, for it takes the same time for each row. Memory is the peak while it runs, for each row,
and by what it grows when there are twice as many rows (2 is linear).
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats

from freqai_regimes.features import statistics, talib_function, volume_profile

TABLE_ROWS = 100_000
BASE_WINDOW = 240
#: Seconds that ITB took for 20,000 rows at window 60, measured once on another machine.
ITB_ROWS, ITB_WINDOW = 20_000, 60
ITB_SECONDS = {"slope": 3.9, "scipy_skew": 5.3}

Apply = Callable[[pd.DataFrame, int], pd.Series]


@dataclass(frozen=True)
class Case:
    """One function: how to compute it here, and with pandas-apply where that is possible."""

    generator: str
    function: str
    compute: Callable[[pd.DataFrame, int], pd.DataFrame]
    apply: Apply | None = None


def rolled(function: Callable[[Any], float], column: str = "close") -> Apply:
    return lambda candles, window: candles[column].rolling(window).apply(function, raw=True)


def longest_strike(values: Any) -> float:
    """As tsfresh computes it: lengths of runs below the mean."""
    edges = np.flatnonzero(np.diff(np.r_[0, values < values.mean(), 0]))
    return float((edges[1::2] - edges[::2]).max(initial=0))


def area(values: Any) -> float:
    distance = values - values[-1]
    return float(distance.sum() / np.abs(distance).sum())


def slope(values: Any) -> float:
    return float(scipy.stats.linregress(np.arange(len(values)), values).slope)


def centre(values: Any) -> float:
    return float(0.5 * (values[-1] - values[-2] - values[1] + values[0]) / (len(values) - 2))


def against_base(value: Apply) -> Apply:
    def percent(candles: pd.DataFrame, window: int) -> pd.Series:
        return 100 * (value(candles, window) / value(candles, BASE_WINDOW) - 1)

    return percent


def weighted_mean(candles: pd.DataFrame, window: int) -> pd.Series:
    weighted = candles.assign(weighted=candles["close"] * candles["volume"])
    mean = rolled(np.mean, "weighted")(weighted, window)
    return mean / rolled(np.mean, "volume")(candles, window)


def span_mean(candles: pd.DataFrame, window: int) -> pd.Series:
    return rolled(np.mean, "span")(candles.assign(span=candles["high"] - candles["low"]), window)


STATISTICS: dict[str, Callable[[Any], float]] = {
    "mean": np.mean,
    "std": np.std,
    "skew": lambda values: scipy.stats.skew(values, bias=False),
    "scipy_skew": lambda values: scipy.stats.skew(values, bias=False),
    "kurtosis": lambda values: scipy.stats.kurtosis(values, bias=False),
    "scipy_kurtosis": lambda values: scipy.stats.kurtosis(values, fisher=False),
    "area": area,
    "slope": slope,
    "lsbm": longest_strike,
    "fmax": lambda values: float(np.argmax(values) / len(values)),
    "msdc": centre,
}
TALIB: dict[str, Callable[[Any], float] | None] = {
    "SMA": np.mean,
    "STDDEV": np.std,
    "LINEARREG_SLOPE": slope,
    "MAX": np.max,
    "EMA": None,  # recursions are no function of a window
    "RSI": None,
    "ATR": None,
    "ADX": None,
}
PROFILE: dict[str, Apply] = {
    "close_WMA": against_base(weighted_mean),
    "close_STD": against_base(rolled(np.std)),
    "volume_SMA": against_base(rolled(np.mean, "volume")),
    "span_SMA": against_base(span_mean),
    "trades_SMA": against_base(rolled(np.mean, "trades")),
    "tb_base_SMA": against_base(
        lambda candles, window: rolled(np.mean, "share")(
            candles.assign(share=candles["taker_base_volume"] / candles["volume"]), window
        )
    ),
    "close_AREA": rolled(area),
    "close_SLOPE": rolled(slope),
    "volume_SLOPE": rolled(slope, "volume"),
}


def statistics_case(name: str) -> Case:
    def compute(candles: pd.DataFrame, window: int) -> pd.DataFrame:
        options = statistics.Options(functions=(name,), windows_candles=(window,))
        return statistics.generate(candles, options)

    return Case("statistics", name, compute, rolled(STATISTICS[name]))


def talib_case(name: str) -> Case:
    def compute(candles: pd.DataFrame, window: int) -> pd.DataFrame:
        options = talib_function.Options(functions=(name,), windows_candles=(window,))
        return talib_function.generate(candles, options)

    function = TALIB[name]
    return Case("talib", name, compute, rolled(function) if function else None)


def profile_case(name: str) -> Case:
    def compute(candles: pd.DataFrame, window: int) -> pd.DataFrame:
        options = volume_profile.Options(
            functions=(name,), windows_candles=(window,), base_window_candles=BASE_WINDOW
        )
        return volume_profile.generate(candles, options)

    return Case("volume_profile", name, compute, PROFILE[name])


CASES = [
    *map(statistics_case, STATISTICS),
    *map(talib_case, TALIB),
    *map(profile_case, PROFILE),
]


def random_walk(rows: int) -> pd.DataFrame:
    """Candles with the columns that all functions take."""
    rng = np.random.default_rng(7)
    close = 60_000 * np.exp(np.cumsum(rng.normal(0, 1e-3, rows)))
    width = close * np.abs(rng.normal(0, 1e-3, rows))
    volume = rng.lognormal(3, 1, rows)
    return pd.DataFrame(
        {
            "open": close - width / 2,
            "high": close + width,
            "low": close - width,
            "close": close,
            "volume": volume,
            "trades": rng.integers(50, 500, rows),
            "taker_base_volume": volume * rng.random(rows),
        }
    )


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The best of some runs."""
    times = []
    for _ in range(repeats):
        gc.collect()
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def peak_bytes(run: Callable[[], object]) -> int:
    """The most memory that was in use at once, beyond that at the beginning."""
    gc.collect()
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def same_numbers(case: Case, candles: pd.DataFrame, window: int, apply: Apply) -> bool:
    ours, theirs = case.compute(candles, window).iloc[:, 0], apply(candles, window)
    return bool(np.allclose(ours, theirs, rtol=1e-6, atol=1e-6, equal_nan=True))


def line(case: Case, candles: pd.DataFrame, window: int, apply_rows: int) -> str:
    """Measure one function and put it into one line of the table."""
    ours = seconds(lambda: case.compute(candles, window)) * TABLE_ROWS / len(candles)
    half = candles.iloc[: len(candles) // 2]
    peak = peak_bytes(lambda: case.compute(candles, window))
    growth = peak / peak_bytes(lambda: case.compute(half, window))
    beside = f"{'-':>12}  {'-':>8}"
    if case.apply is not None:
        few, apply = candles.iloc[:apply_rows], case.apply
        if not same_numbers(case, few, window, apply):
            sys.exit(f"{case.generator} {case.function} is not what pandas-apply gives.")
        theirs = seconds(lambda: apply(few, window), 1) * TABLE_ROWS / apply_rows
        beside = f"{theirs * 1000:12,.0f}  {theirs / ours:7,.0f}x"
    return (
        f"{case.generator:15}{case.function:17}{ours * 1000:9.1f}  {beside}"
        f"{peak / len(candles):12.0f}{growth:9.2f}"
    )


def itb_lines() -> list[str]:
    """The two slow functions of ITB at its own size."""
    candles = random_walk(ITB_ROWS)
    lines = []
    for name, theirs in ITB_SECONDS.items():
        case = statistics_case(name)
        ours = seconds(lambda case=case: case.compute(candles, ITB_WINDOW))
        lines.append(
            f"{name}, window {ITB_WINDOW}, {ITB_ROWS:,} rows: {ours * 1000:.1f} ms here, "
            f"{theirs} s in ITB (another machine): {theirs / ours:,.0f} times as fast"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of the feature generators.")
    parser.add_argument("--rows", type=int, default=TABLE_ROWS, help="candles to compute")
    parser.add_argument("--apply-rows", type=int, default=2_000, help="candles for pandas-apply")
    parser.add_argument("--window", type=int, default=60, help="candles of the window")
    given = parser.parse_args()
    candles = random_walk(given.rows)
    print(f"Window {given.window}; times in ms for {TABLE_ROWS:,} rows, measured on {given.rows:,}")
    print(f"(pandas-apply on {given.apply_rows:,}); memory beyond the candles at its peak.\n")
    print(
        f"{'generator':15}{'function':17}{'ms':>9}  {'pandas-apply':>12}  {'faster':>8}"
        f"{'bytes/row':>12}{'rows x2':>9}"
    )
    for case in CASES:
        print(line(case, candles, given.window, given.apply_rows), flush=True)
    print("", *itb_lines(), sep="\n")


if __name__ == "__main__":
    main()
