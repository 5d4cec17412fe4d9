"""Volume against its own past, and on which side of the price moves it came."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from freqai_regimes.features.full_window import full_window_mean
from freqai_regimes.features.options import FeatureOptions


def volume_features(candles: pd.DataFrame, period_candles: int) -> dict[str, pd.Series]:
    """Log volume against its average, and the share of it that rose minus the share that fell.

    Returns
    -------
    ``volume``: log ratio, NaN where a candle was not traded; ``volume_imbalance`` in [-1, 1]. Row t
    uses candles <= t; NaN while the window fills.
    """
    index, volume = candles.index, candles["volume"].to_numpy(dtype=float)
    rise = candles["close"].to_numpy(dtype=float) - candles["open"].to_numpy(dtype=float)
    signed = pd.Series(volume * np.sign(rise), index=index)
    average = full_window_mean(candles["volume"], period_candles).to_numpy()
    average = np.where(average > 0, average, np.nan)
    traded = np.where(volume > 0, volume, np.nan)
    imbalance = full_window_mean(signed, period_candles).to_numpy() / average
    return {
        "volume": pd.Series(np.log(traded / average), index=index),
        "volume_imbalance": pd.Series(imbalance, index=index),
    }


class Options(FeatureOptions):
    """Volume over several windows."""

    generator: Literal["volume"]
    windows_candles: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        min_length=1, description="lengths of the windows"
    )


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """``volume_features`` of each window, named ``volume_6`` and so on."""
    named = {
        f"{name}_{window}": values
        for window in options.windows_candles
        for name, values in volume_features(candles, window).items()
    }
    return pd.DataFrame(named, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before all values are there."""
    return max(options.windows_candles)


def price_unit_columns(options: Options) -> list[str]:
    """None: volumes are taken relative to their own average."""
    return []
