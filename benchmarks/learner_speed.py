"""How long learners take to fit and to predict, beside LightGBM on the same rows.

    python benchmarks/learner_speed.py            # 10,000 rows of 40 features, one thread
    python benchmarks/learner_speed.py --rows 50000 --features 80

The label is one feature's worth of signal under nine of noise, as returns are. CPU time, the best
of three runs (one run where it takes 5 seconds). ``kB`` is the size of the pickled model. The LSTM
needs the extra ``torch`` and is left out without it; its row is one candle after the other, as its
windows need.
"""

from __future__ import annotations

import argparse
import importlib.util
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from freqai_regimes.learners.engine import LEARNER_OPTIONS, LearnerOptions, fit
from freqai_regimes.learners.presets import PRESETS
from freqai_regimes.learners.sample import RowOrder, Sample

RUNS, LONG = 3, 5.0
#: Hours, not seconds: their size is the source's own.
TOO_LONG = {"source_002_lstm"}


def rows_of(rows: int, features: int) -> Sample:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(rows, features))
    target = 0.1 * values[:, 0] + 0.9 * rng.normal(size=rows)
    date = np.datetime64("2024-01-01", "us") + np.arange(rows) * np.timedelta64(5, "m")
    order = RowOrder(date, np.zeros(rows, dtype=int), np.timedelta64(5, "m"))
    return Sample(values, target, None, order)


def best(work: Callable[[], Any]) -> float:
    """CPU seconds of the fastest run; what takes long runs once."""
    seconds: list[float] = []
    while len(seconds) < RUNS and sum(seconds) < LONG:
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)


def measured(name: str, sample: Sample) -> tuple[float, float, float, int]:
    """Seconds to fit, to predict all rows, to predict the last one; bytes."""
    options: LearnerOptions = TypeAdapter(LearnerOptions).validate_python(name)
    model = fit(options, sample, "regression")
    last = sample.part(np.arange(len(sample) - model.window_candles, len(sample)))
    return (
        best(lambda: fit(options, sample, "regression")),
        best(lambda: model.predict(sample.rows, sample.order)),
        best(lambda: model.predict(last.rows, last.order)),
        len(pickle.dumps(model)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=40)
    given = parser.parse_args()
    sample = rows_of(given.rows, given.features)
    names = [name for name in (*LEARNER_OPTIONS, *PRESETS) if name not in TOO_LONG]
    if importlib.util.find_spec("torch") is None:
        names.remove("lstm")
    print(f"{given.rows:,} rows of {given.features} features, regression, one thread\n")
    print(f"{'learner':<16}{'fit s':>8}{'ratio':>8}{'all rows ms':>13}{'one row ms':>12}{'kB':>8}")
    unit = None
    for name in names:
        fitting, every, one, size = measured(name, sample)
        unit = unit or fitting  # LightGBM is the first
        print(
            f"{name:<16}{fitting:>8.2f}{fitting / unit:>8.1f}{every * 1e3:>13.1f}{one * 1e3:>12.2f}"
            f"{size / 1e3:>8.0f}"
        )


if __name__ == "__main__":
    main()
