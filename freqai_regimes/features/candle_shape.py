"""The shape of one candle: where it closed and how wide it was."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.features.volatility import ewma_volatility, window_candles


def candle_shape_features(candles: pd.DataFrame, volatility: pd.Series) -> dict[str, pd.Series]:
    """Close location and range of each candle.

    Returns
    -------
    ``close_location`` in [-1, 1] (0 for a candle without range) and ``range``, the log range in
    units of ``volatility``. Row t uses candle t.
    """
    high, low, close = (candles[name].to_numpy(dtype=float) for name in ("high", "low", "close"))
    unit, width = volatility.to_numpy(dtype=float), high - low
    location = (2 * close - high - low) / np.where(width > 0, width, np.nan)
    features = {
        "close_location": np.where(width != 0, location, 0.0),
        "range": np.log(high / low) / np.where(unit == 0.0, np.nan, unit),
    }
    return {name: pd.Series(values, index=candles.index) for name, values in features.items()}


class Options(FeatureOptions):
    """Shape of each candle."""

    generator: Literal["candle_shape"]
    volatility_half_life_candles: int = Field(21, ge=1, description="of the unit of the range")


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """``candle_shape_features`` under their own names."""
    volatility = ewma_volatility(candles["close"], options.volatility_half_life_candles)
    return pd.DataFrame(candle_shape_features(candles, volatility), index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before all values are there."""
    return window_candles(options.volatility_half_life_candles) + 1


def price_unit_columns(options: Options) -> list[str]:
    """None."""
    return []
