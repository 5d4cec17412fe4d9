"""Step ``smooth``: the mean of columns, counted above a threshold if wished, averaged over time."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.features.exponential_memory import exponential_memory_candles
from freqai_regimes.features.option_lists import LONGEST_WINDOW_CANDLES, Names
from freqai_regimes.features.trailing_window import trailing_mean
from freqai_regimes.signal_sets.options import Name, SignalOptions


class Options(SignalOptions):
    """Mean of columns, then a simple or an exponential average over time, or none."""

    generator: Literal["smooth"]
    columns: Names = Field(min_length=1, description="averaged in each row, without missing ones")
    name: Name = Field(description="column that is made")
    point_threshold: float | None = Field(
        None, allow_inf_nan=False, description="1 from this value on, 0 below; null: as it is"
    )
    window_candles: int | None = Field(
        None, ge=1, le=LONGEST_WINDOW_CANDLES, description="simple average over so many candles"
    )
    span_candles: float | None = Field(
        None, ge=1, le=LONGEST_WINDOW_CANDLES, description="span of an exponential average"
    )

    @model_validator(mode="after")
    def _one_average(self) -> Options:
        if self.window_candles is not None and self.span_candles is not None:
            raise ValueError("give window_candles or span_candles, not both")
        return self


def compute(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Column ``name``; row t uses rows <= t.

    The mean of a row leaves out missing columns and is missing where all are. An average over time
    is there once half of its window (or span) is known, and is the mean of what is known in it.
    Unlike in ITB a missing value stays missing with ``point_threshold`` too, where there it counts
    as below.
    """
    mean = frame[list(options.columns)].astype(float).mean(axis=1)
    if options.point_threshold is not None:
        mean = (mean >= options.point_threshold).astype(float).where(mean.notna())
    if options.window_candles is not None:
        mean = _simple(mean, options.window_candles)
    elif options.span_candles is not None:
        span = options.span_candles
        mean = mean.ewm(span=span, min_periods=int(span // 2), adjust=False).mean()
    return mean.to_frame(options.name)


def warm_up_candles(options: Options) -> int:
    """Rows before values no longer depend on how much history came before."""
    if options.span_candles is not None:
        return exponential_memory_candles(options.span_candles)
    return (options.window_candles or 1) - 1


def _simple(values: pd.Series, window: int) -> pd.Series:
    """Mean of each window's known values, NaN with fewer than half of them: to the bit its own."""
    known = values.notna().to_numpy()
    counted = np.concatenate([np.zeros(window), np.cumsum(known)])
    count = counted[window:] - counted[: len(values)]
    mean = trailing_mean(values.to_numpy(dtype=float), window)
    return pd.Series(np.where(count >= max(1, window // 2), mean, np.nan), index=values.index)
