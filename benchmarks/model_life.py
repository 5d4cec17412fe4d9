"""How often noise is let in as a model, how often drift is seen, and what a training delays.

    python benchmarks/model_life.py gate
    python benchmarks/model_life.py drift
    python benchmarks/model_life.py training

What has to come out is stated in docs/model-life.md, which also has the tables. ``gate`` fits the
project's own models, with the settings of a preset, to candles' worth of noise that remembers, and
lets the gate decide as a backtest does. ``drift`` shifts one important feature by one standard
deviation, or nothing; both on seeds that were not used before. ``training`` measures how late a
loop wakes up that sleeps 5 ms at a time, while another thread fits models as FreqAI's does.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import signal, stats

from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.served_model import validation_rows
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows, fit_rows
from freqai_regimes.model_life.drift import DriftOptions, drift, reference
from freqai_regimes.model_life.promotion_gate import judge
from freqai_regimes.regimes.probabilities import PROBABILITIES
from freqai_regimes.settings import Settings, parse_settings

PRESET = "regime-4h"
CANDLE_SECONDS = 4 * 3600
#: A year of 4h candles and the month after it, as the preset trains.
WINDOW_ROWS, STEP_ROWS = 2190, 180
FEATURES = 30
FIRST_SEED = 900_000
PAUSE_SECONDS = 0.005

#: Training rows, watched rows and memory of the features (first autocorrelation).
DRIFTING = ((2880, 288, 0.0), (2880, 288, 0.9), (8640, 576, 0.9), (8640, 576, 0.97))
IMPORTANCE = (0.4, 0.2, 0.2, 0.1, 0.1)


def remembering(rng: np.random.Generator, rows: int, memory: float) -> np.ndarray:
    """First-order autoregression with mean 0 and variance 1."""
    noise = rng.normal(size=rows + 2000) * np.sqrt(1 - memory**2)
    return np.asarray(signal.lfilter([1], [1, -memory], noise)[2000:])


def noise(seed: int, horizon: int) -> TrainingRows:
    """A window and the step after it: features know nothing of the returns that follow."""
    rng = np.random.default_rng(seed)
    rows = WINDOW_ROWS + STEP_ROWS
    memories = rng.choice([0.0, 0.5, 0.9, 0.97], FEATURES)
    features = pd.DataFrame(
        {f"%-feature_{at}": remembering(rng, rows, memory) for at, memory in enumerate(memories)}
    )
    moves = rng.standard_t(4, size=rows + horizon)
    label = np.convolve(moves, np.ones(horizon), "valid")[1:] / np.sqrt(2 * horizon)
    date = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="4h", tz="UTC"))
    state = np.sign(np.round(remembering(rng, rows, 0.99)))
    workings = pd.DataFrame(
        {
            "date": date,
            "known_at": date + pd.Timedelta(seconds=CANDLE_SECONDS) * horizon,
            "regime": state,
            "volatility": 0.01,
            "pair": "BTC/USDT",
            **{name: (state == code).astype(float) for code, name in PROBABILITIES.items()},
        }
    )
    return TrainingRows(features, pd.Series(np.clip(label, -4, 4), name="&-label"), workings)


def part(rows: TrainingRows, begin: int, end: int) -> FittedWindow:
    """Rows from ``begin`` whose label was known at ``end``, fitted."""
    inside = np.zeros(len(rows.label), dtype=bool)
    inside[begin:end] = True
    inside &= (rows.workings["known_at"] < rows.workings["date"].iloc[end - 1]).to_numpy()
    mine = TrainingRows(rows.features[inside], rows.label[inside], rows.workings[inside])
    stop = int(rows.workings["date"].iloc[end - 1].timestamp())
    return FittedWindow(("BTC/USDT",), stop, mine, fit_rows(mine, SETTINGS, PARAMETERS))


def let_in(seed: int) -> tuple[bool, bool]:
    """Whether noise became champion, and whether other noise then replaced it (put there by us)."""
    horizon, options = SETTINGS.horizon_candles, SETTINGS.life.gate
    rows = noise(seed, horizon)
    first = part(rows, 0, WINDOW_ROWS)
    seen = validation_rows(first, None, SETTINGS, CANDLE_SECONDS)
    alone = judge(seen.rows, seen.horizon_candles, options).promoted
    second = part(rows, STEP_ROWS, WINDOW_ROWS + STEP_ROWS)
    seen = validation_rows(second, first.bundle, SETTINGS, CANDLE_SECONDS)
    until = first.bundle.report.trained_until.tz_localize(None).to_datetime64()
    return alone, judge(seen.rows, seen.horizon_candles, options, until).promoted


def drifted(seed: int, rows: int, watched: int, memory: float, shift: float) -> list[bool]:
    """Alarms at looks that do not overlap, over one training window's length after the training."""
    rng = np.random.default_rng(seed)
    names = [f"feature {at}" for at in range(len(IMPORTANCE))]
    frame = pd.DataFrame({name: remembering(rng, 2 * rows, memory) for name in names})
    frame.loc[rows:, names[0]] += shift
    options = DriftOptions(watch_candles=watched)
    known = reference(frame.iloc[:rows], dict(zip(names, IMPORTANCE, strict=True)), options, seed)
    ends = range(rows + watched, 2 * rows + 1, watched)
    return [drift(known, frame.iloc[rows:end], options).drifted for end in ends]


def most(count: int, trials: int) -> float:
    """Upper 95 % bound of a share (Clopper and Pearson, one-sided)."""
    return float(stats.beta.ppf(0.95, count + 1, trials - count)) if count < trials else 1.0


def least(count: int, trials: int) -> float:
    """Lower 95 % bound of a share."""
    return float(stats.beta.ppf(0.05, count, trials - count + 1)) if count else 0.0


def gate_table(trials: int) -> None:
    found = [let_in(FIRST_SEED + seed) for seed in range(trials)]
    print("| noise as | trials | let in | share | upper 95 % bound |\n|---|---|---|---|---|")
    for name, count in (
        ("first model", sum(alone for alone, _ in found)),
        ("candidate beside a champion", sum(beside for _, beside in found)),
    ):
        bound = most(count, trials)
        print(f"| {name} | {trials} | {count} | {count / trials:.1%} | {bound:.1%} |")


def drift_table(trials: int) -> None:
    print("| rows | watched | memory | found in a window | lower bound | alarms a look | upper |")
    print("|---|---|---|---|---|---|---|")
    for rows, watched, memory in DRIFTING:
        seeds = range(FIRST_SEED, FIRST_SEED + trials)
        found = sum(any(drifted(seed, rows, watched, memory, 1.0)) for seed in seeds)
        # Looks of one trial share their reference: the bound is over trials.
        shares = np.array([np.mean(drifted(seed, rows, watched, memory, 0.0)) for seed in seeds])
        bound = shares.mean() + 1.645 * shares.std(ddof=1) / np.sqrt(trials)
        print(
            f"| {rows} | {watched} | {memory} | {found / trials:.1%} | {least(found, trials):.1%} "
            f"| {shares.mean():.1%} | {bound:.1%} |"
        )


def training_table(seconds: int) -> None:
    print("| loop | wakes | median delay ms | 99 % | longest |\n|---|---|---|---|---|")
    rows, stop, fits = noise(FIRST_SEED, SETTINGS.horizon_candles), threading.Event(), [0]

    def train() -> None:
        while not stop.is_set():
            part(rows, 0, WINDOW_ROWS)
            fits[0] += 1

    for name, thread in (("alone", None), ("beside trainings", threading.Thread(target=train))):
        if thread is not None:
            thread.start()
        delays, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            time.sleep(PAUSE_SECONDS)
            delays.append((time.perf_counter() - begun - PAUSE_SECONDS) * 1000)
        if thread is not None:
            stop.set()
            thread.join()
            name = f"beside {fits[0]} trainings"
        middle, late = np.quantile(delays, [0.5, 0.99])
        print(f"| {name} | {len(delays)} | {middle:.1f} | {late:.1f} | {max(delays):.1f} |")


def preset() -> tuple[Settings, dict[str, object]]:
    """Settings and learner's parameters of the preset."""
    config = RunConfig.load(PRESET, futures=False, model=True, own=()).merged
    return parse_settings(config), config["freqai"]["model_training_parameters"]


SETTINGS, PARAMETERS = preset()
TABLES: dict[str, Callable[[int], None]] = {
    "gate": gate_table,
    "drift": drift_table,
    "training": training_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=sorted(TABLES))
    parser.add_argument("--trials", type=int, default=200, help="of training: seconds of each loop")
    given = parser.parse_args()
    begun = time.perf_counter()
    TABLES[given.table](given.trials)
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
