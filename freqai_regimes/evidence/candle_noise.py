"""The same candles with a little noise: a rule that needs every tick to be so will not stand it.

Each price moves by a normal error in proportion to the usual range of its pair's candles before it.
Assumes nothing about the market; it asks how much of a result hangs on exact prices.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

_PRICES = ("open", "high", "low", "close")
_RANGE_CANDLES = 100


def noisy_candles(
    candles: Mapping[str, pd.DataFrame], share_of_range: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Add noise to open, high, low and close of every candle; volume and dates stay.

    Parameters
    ----------
    candles : by pair, with ``date``, open, high, low, close (all above 0) and volume.
    share_of_range : standard deviation of the noise in log price, as a share of the mean log
        range, high over low, of the 100 candles up to this one; 0.05 to 0.2 is usual, 0 changes
        nothing.

    Returns
    -------
    New frames of the same shape. The open moves with the close before it, so that no gap is made;
    high and low enclose the others, as ever. A pair's noise does not depend on the other pairs.
    """
    return {
        pair: _noisy(frame, share_of_range, np.random.default_rng([seed, *pair.encode()]))
        for pair, frame in candles.items()
    }


def _noisy(
    frame: pd.DataFrame, share_of_range: float, generator: np.random.Generator
) -> pd.DataFrame:
    spread = pd.Series(np.log((frame["high"] / frame["low"]).to_numpy()))
    size = spread.rolling(_RANGE_CANDLES, min_periods=1).mean().to_numpy() * share_of_range
    error = generator.standard_normal((len(frame), 3)) * size[:, None]
    close = error[:, 0]
    moves = {
        "open": np.concatenate([[0.0], close[:-1]]),
        "high": error[:, 1],
        "low": error[:, 2],
        "close": close,
    }
    moved = frame.assign(**{name: frame[name] * np.exp(move) for name, move in moves.items()})
    moved["high"] = moved[list(_PRICES)].max(axis=1)
    moved["low"] = moved[list(_PRICES)].min(axis=1)
    return moved
