"""Trend and momentum over a window, in units of volatility or bounded."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import talib
from pydantic import Field

from freqai_regimes.features.full_window import full_window_mean, full_window_sum
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.features.volatility import ewma_volatility, window_candles

Floats = npt.NDArray[np.float64]


def momentum_features(
    candles: pd.DataFrame, volatility: pd.Series, period_candles: int
) -> dict[str, pd.Series]:
    """Return, distance to the average, channel position and efficiency of a window.

    Every value depends on the last ``period_candles + 1`` candles alone, so that it is the same to
    the bit however long the loaded history is.

    Parameters
    ----------
    candles : open, high, low, close, volume; one row a candle.
    volatility : standard deviation of log returns per candle, same index.
    period_candles : the window, >= 2.

    Returns
    -------
    Named series, same index; row t uses candles <= t; NaN while the window fills or where nothing
    moved. ``return`` and ``distance`` are in standard deviations of such a move; ``channel``
    (Donchian) and the signed ``efficiency`` (Kaufman 1995: net move over path) lie in [-1, 1].
    """
    high, low, close = (candles[name].to_numpy(dtype=float) for name in ("high", "low", "close"))
    log_close = np.log(close)
    move = _since(log_close, period_candles)
    unit = _unless_zero(volatility.to_numpy(dtype=float) * np.sqrt(period_candles))
    highest, lowest = talib.MAX(high, period_candles), talib.MIN(low, period_candles)
    steps = pd.Series(np.abs(_since(log_close, 1)))
    path = full_window_sum(steps, period_candles).to_numpy()
    average = full_window_mean(pd.Series(log_close), period_candles).to_numpy()
    features = {
        "return": move / unit,
        "distance": (log_close - average) / unit,
        "channel": 2 * (close - lowest) / _unless_zero(highest - lowest) - 1,
        "efficiency": move / np.where(path > 0, path, np.nan),
    }
    return {name: pd.Series(values, index=candles.index) for name, values in features.items()}


def _since(values: Floats, rows: int) -> Floats:
    """What was added since some rows before; NaN in the first rows."""
    before = np.full(len(values), np.nan)
    before[rows:] = values[: max(len(values) - rows, 0)]
    added: Floats = values - before
    return added


def _unless_zero(values: Floats) -> Floats:
    known: Floats = np.where(values == 0.0, np.nan, values)
    return known


class Options(FeatureOptions):
    """Momentum over several windows."""

    generator: Literal["momentum"]
    windows_candles: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        min_length=1, description="lengths of the windows"
    )
    volatility_half_life_candles: int = Field(21, ge=1, description="of the unit of moves")


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """``momentum_features`` of each window, named ``return_6`` and so on."""
    volatility = ewma_volatility(candles["close"], options.volatility_half_life_candles)
    named = {
        f"{name}_{window}": values
        for window in options.windows_candles
        for name, values in momentum_features(candles, volatility, window).items()
    }
    return pd.DataFrame(named, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before all values are there and free of what came before."""
    return max(*options.windows_candles, window_candles(options.volatility_half_life_candles)) + 1


def price_unit_columns(options: Options) -> list[str]:
    """None: all are in units of volatility or bounded."""
    return []
