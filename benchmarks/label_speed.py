"""How long the labels take per 100,000 candles, beside loops that give the same answers.

    python benchmarks/label_speed.py

The loops are what one writes first: a function for each row, by pandas ``apply`` or a ``for``. They
run on fewer candles and are scaled, and their answers are compared with ours before anything is
printed. The loop of the tops goes over intervals, not rows, and is the faster one: it does not
say when a row is known.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.labels import (
    buy_hold_sell,
    first_touch,
    forward_return,
    high_low,
    meta_label,
    rise_within,
    top_bottom,
    trend_scan,
    triple_barrier,
)
from freqai_regimes.labels.barriers import BarrierOptions
from freqai_regimes.labels.forward_return import horizon_unit
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.sample_weight import average_uniqueness

HORIZON = 120
LONGEST_LINE = 30


Column = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Race:
    """Two ways to the same column."""

    name: str
    ours: Column
    loop: Column


def minute_candles(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    close = 100 * np.exp(rng.normal(0, 0.0007, rows).cumsum())
    opened = np.concatenate([[100.0], close[:-1]])
    reach = np.exp(np.abs(rng.normal(0, 0.0004, (2, rows))))
    return pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=rows, freq="min", tz="UTC"),
            "open": opened,
            "high": np.maximum(opened, close) * reach[0],
            "low": np.minimum(opened, close) / reach[1],
            "close": close,
            "side": rng.choice([-1.0, 1.0], rows),
        }
    )


# --- ours

FORWARD = forward_return.Options(
    label="forward_return", horizon_candles=HORIZON, form="simple", unit="fraction", entry="close"
)
HIGH_LOW = high_low.Options(label="high_low", horizon_candles=HORIZON)
TOUCH = first_touch.Options(label="first_touch", horizon_candles=HORIZON)
RISE = rise_within.Options(label="rise_within", window_candles=HORIZON, rise=0.005)
TOPS = top_bottom.Options(label="top_bottom", level=0.01)
SIDES = buy_hold_sell.Options(label="buy_hold_sell", horizon_candles=HORIZON, entry="close")
BARRIERS = triple_barrier.Options(label="triple_barrier", horizon_candles=HORIZON)
META = meta_label.Options(label="meta_label", horizon_candles=HORIZON)
TRENDS = trend_scan.Options(label="trend_scan", longest_candles=LONGEST_LINE)


def first_column(label: Any, options: LabelOptions) -> Column:
    return lambda candles: label.compute(candles, options).values.iloc[:, 0]


def known_after_horizon(candles: pd.DataFrame) -> pd.Series:
    return candles["date"] + pd.Timedelta(minutes=HORIZON)


# --- loops


def of_rows(candles: pd.DataFrame, row_value: Callable[[int], float]) -> pd.Series:
    return pd.Series([row_value(row) for row in range(len(candles))])


def loop_forward(candles: pd.DataFrame) -> pd.Series:
    windows = candles["close"].rolling(HORIZON + 1)
    return windows.apply(lambda w: w[-1] / w[0] - 1, raw=True).shift(-HORIZON)


def loop_sides(candles: pd.DataFrame) -> pd.Series:
    def side(move: float) -> float:
        return float(np.nan if move != move else 1 if move > 0.01 else -1 if move < -0.01 else 0)

    return loop_forward(candles).apply(side)


def loop_high(candles: pd.DataFrame) -> pd.Series:
    highest = candles["high"].rolling(HORIZON).apply(np.max, raw=True).shift(-HORIZON)
    return (highest / candles["close"] - 1).clip(lower=0)


def loop_touch(candles: pd.DataFrame) -> pd.Series:
    high, low, close = (candles[name].to_numpy() for name in ("high", "low", "close"))

    def value(row: int) -> float:
        for k in range(row + 1, min(row + HORIZON, len(close) - 1) + 1):
            above, below = high[k] > close[row] * 1.01, low[k] < close[row] * 0.998
            if above or below:
                return float(above and not below)
        return 0.0 if row + HORIZON < len(close) else np.nan

    return of_rows(candles, value)


def loop_rise(candles: pd.DataFrame) -> pd.Series:
    high, opened = candles["high"].to_numpy(), candles["open"].to_numpy()

    def value(row: int) -> float:
        for k in range(row + 1, min(row + HORIZON, len(high) - 1) + 1):
            if high[k] >= opened[row + 1] * (1 + RISE.rise):
                return 1.0
        return 0.0 if row + HORIZON < len(high) else np.nan

    return of_rows(candles, value)


def loop_barriers(candles: pd.DataFrame, options: BarrierOptions, meta: bool) -> pd.Series:
    opened, high, low, close = (
        candles[name].to_numpy() for name in ("open", "high", "low", "close")
    )
    width = horizon_unit(candles, options.volatility_half_life_candles, HORIZON)
    sides = candles["side"].to_numpy() if meta else np.ones(len(close))

    def value(row: int) -> float:
        if np.isnan(width[row]) or row + 1 >= len(close):
            return np.nan
        start, side = opened[row + 1], sides[row]
        for k in range(row + 1, min(row + HORIZON, len(close) - 1) + 1):
            above, below = high[k] > start * (1 + width[row]), low[k] < start * (1 - width[row])
            if above or below:
                won = (above and not below) if side > 0 else (below and not above)
                return float(won) if meta else (1.0 if won else -1.0)
        if row + HORIZON >= len(close):
            return np.nan
        return float(side * (close[row + HORIZON] / start - 1) > 0) if meta else 0.0

    return of_rows(candles, value)


def loop_tops(candles: pd.DataFrame) -> pd.Series:
    """The highest of an interval, then the intervals beside it; zero where nothing is settled."""
    price, found = candles["close"].to_numpy(), np.zeros(len(candles))

    def beside(top: int, step: int, edge: int, level: float) -> int | None:
        for row in range(top, edge + step, step):
            if price[row] < price[top] * (1 - level):
                return row
        return None

    intervals = [(0, len(price) - 1)]
    while intervals:
        begin, end = intervals.pop()
        top = begin + int(np.argmax(price[begin : end + 1]))
        left, right = beside(top, -1, begin, TOPS.level), beside(top, 1, end, TOPS.level)
        if left is not None and right is not None:
            near = TOPS.level * TOPS.tolerances[0]
            near_left, near_right = beside(top, -1, begin, near), beside(top, 1, end, near)
            found[near_left + 1 : near_right] = 1
        intervals += [(begin, left)] if left is not None and begin < left else []
        intervals += [(right, end)] if right is not None and right < end else []
    return pd.Series(found)


def loop_trends(candles: pd.DataFrame) -> pd.Series:
    price = np.log(candles["close"].to_numpy())

    def value(row: int) -> float:
        if row + LONGEST_LINE >= len(price):
            return np.nan
        best = 0.0
        for length in range(TRENDS.shortest_candles, LONGEST_LINE + 1):
            part, place = price[row : row + length + 1], np.arange(length + 1)
            (slope, start), *_ = np.polyfit(place, part, 1, full=True)
            left = part - start - slope * place
            spread = ((place - place.mean()) ** 2).sum()
            t_value = slope / np.sqrt((left**2).sum() / (length - 1) / spread)
            best = t_value if abs(t_value) > abs(best) else best
        return float(best)

    return of_rows(candles, value)


def loop_uniqueness(candles: pd.DataFrame) -> pd.Series:
    rows = len(candles)
    alive = np.zeros(rows + HORIZON + 1)
    for row in range(rows):
        alive[row + 1 : row + HORIZON + 1] += 1
    return of_rows(candles, lambda row: float((1 / alive[row + 1 : row + HORIZON + 1]).mean()))


# --- both

RACES = [
    Race("forward_return", first_column(forward_return, FORWARD), loop_forward),
    Race("high_low, 22 columns (loop: 1)", first_column(high_low, HIGH_LOW), loop_high),
    Race("first_touch, one threshold", first_column(first_touch, TOUCH), loop_touch),
    Race("top_bottom", lambda c: first_column(top_bottom, TOPS)(c).fillna(0.0), loop_tops),
    Race("rise_within", first_column(rise_within, RISE), loop_rise),
    Race("buy_hold_sell", first_column(buy_hold_sell, SIDES), loop_sides),
    Race(
        "triple_barrier",
        first_column(triple_barrier, BARRIERS),
        lambda c: loop_barriers(c, BARRIERS, meta=False),
    ),
    Race("trend_scan, 6 to 30 candles", first_column(trend_scan, TRENDS), loop_trends),
    Race("meta_label", first_column(meta_label, META), lambda c: loop_barriers(c, META, meta=True)),
    Race(
        "average_uniqueness",
        lambda c: average_uniqueness(c["date"], known_after_horizon(c)),
        loop_uniqueness,
    ),
]


def seconds(run: Callable[[], object], times: int) -> float:
    """Return the shortest of several runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def table(rows: int, loop_rows: int, races: list[Race]) -> list[str]:
    """Lines of the table; refuses to compare ways that disagree."""
    whole, part = minute_candles(rows), minute_candles(loop_rows)
    lines = [
        f"seconds per 100,000 candles, horizon {HORIZON} candles "
        f"(ours measured on {rows:,} candles, loops on {loop_rows:,})",
        f"{'label':32} {'ours':>9} {'loop':>9} {'times faster':>13}",
    ]
    for race in races:
        np.testing.assert_allclose(race.ours(part), race.loop(part), rtol=1e-6, atol=1e-9)
        ours = seconds(lambda race=race: race.ours(whole), 3) * 100_000 / rows
        loop = seconds(lambda race=race: race.loop(part), 1) * 100_000 / loop_rows
        lines.append(f"{race.name:32} {ours:9.4f} {loop:9.2f} {loop / ours:13.1f}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="candles for the labels")
    parser.add_argument("--loop-rows", type=int, default=3_000, help="candles for the loops")
    chosen = parser.parse_args()
    for line in table(chosen.rows, chosen.loop_rows, RACES):
        print(line)


if __name__ == "__main__":
    main()
