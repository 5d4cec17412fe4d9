"""A series that any program can make again, without a library's random numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def autoregression(memory: float, rows: int, seed: int = 7) -> npt.NDArray[np.float64]:
    """AR(1) from 0, by Box and Muller on a linear congruential generator."""
    state, drawn = seed, []
    for _ in range(2 * rows):
        state = (1103515245 * state + 12345) % 2**31
        drawn.append((state + 0.5) / 2**31)
    uniform = np.array(drawn)
    shock = np.sqrt(-2 * np.log(uniform[:rows])) * np.cos(2 * np.pi * uniform[rows:])
    values = np.zeros(rows)
    for row in range(rows):
        values[row] = (memory * values[row - 1] if row else 0.0) + shock[row]
    return values


def by_day(returns: npt.ArrayLike) -> pd.Series:
    values = np.asarray(returns, dtype=float)
    return pd.Series(values, pd.date_range("2024-01-01", periods=len(values), tz="UTC"))
