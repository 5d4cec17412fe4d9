"""Seeded random candles for the tests: a walk with jumps, and some candles without a trade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds


def random_candles(rows: int, seed: int = 0, timeframe: str = "1h") -> pd.DataFrame:
    """Sound candles from Monday 2024-01-01 on; about one in twenty is flat and has no volume."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(rng.normal(0, 0.01, rows).cumsum())
    opened = np.roll(close, 1) * np.exp(rng.normal(0, 0.001, rows))
    opened[0] = 100.0
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0, 0.003, rows)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0, 0.003, rows)))
    volume = rng.lognormal(5, 1.5, rows)
    quiet = rng.random(rows) < 0.05
    quiet[0] = False
    for row in np.flatnonzero(quiet):  # in order: two in a row repeat the same price
        opened[row] = high[row] = low[row] = close[row] = close[row - 1]
        volume[row] = 0.0
    step = pd.Timedelta(seconds=timeframe_seconds(timeframe))
    return pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=rows, freq=step, tz="UTC", unit="ms"),
            "open": opened,
            "high": high,
            "low": low,
            "close": close,
            "volume": volume,
        }
    )
