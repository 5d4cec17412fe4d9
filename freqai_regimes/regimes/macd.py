"""Regime from a long MACD: a faster exponential average above or below a slower one.

Appel's moving average convergence divergence (1979) with its usual proportions, 12 to 26, stretched
so that the slow average spans 200 days, and as a fraction of it, so that it means the same at any
price (the signal line, which times entries, is left out):

    macd = EMA(close, fast) / EMA(close, slow) - 1

Unlike in the usual recursion the weights of an exponential average end after two spans (98 % of the
whole) and are scaled to sum 1: a value then depends on a fixed number of candles, and is the same
however much history came before.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.regimes.band import band_regime
from freqai_regimes.regimes.rule_options import BandOptions

SPANS_KEPT = 2


class Options(BandOptions):
    """Bull where the fast average is above the slow one by more than the band, bear below it."""

    rule: Literal["macd"]
    fast_candles: int = Field(554, ge=1, description="span of the fast average; 12/26 of the slow")
    slow_candles: int = Field(1200, ge=2, description="span of the slow one; 1200 of 4h: 200 days")
    band: float = Field(0.01, ge=0, lt=1, description="MACD beyond which it is bull or bear")
    inner_band: float | None = Field(
        None, ge=0, lt=1, description="MACD at which it is left again; null: at band"
    )

    @model_validator(mode="after")
    def _faster(self) -> Self:
        if self.fast_candles >= self.slow_candles:
            raise ValueError(
                f"fast_candles {self.fast_candles} must be below slow_candles {self.slow_candles}"
            )
        return self


def judge(candles: pd.DataFrame, options: Options, *, soft: bool = False) -> pd.DataFrame:
    """``REGIME_COLUMNS`` by the MACD.

    Row t uses closes <= t; NaN until the slow average is full. For ``soft`` and the bands see
    ``regimes.band``.
    """
    close = candles["close"]
    slow = exponential_average(close, options.slow_candles)
    macd = exponential_average(close, options.fast_candles) / slow - 1
    return band_regime(macd, options.band, options.inner_band, soft=soft)


def warm_up_candles(options: Options) -> int:
    """Closed candles of which the last one knows its regime."""
    return SPANS_KEPT * options.slow_candles


def exponential_average(values: pd.Series, span_candles: int) -> pd.Series:
    """Exponential average whose weights (smoothing 2 / (span + 1)) end after two spans.

    NaN until the window is full, and where a value of it is missing.

    >>> exponential_average(pd.Series([1.0, 1.0, 1.0, 3.0]), 1).tolist()
    [nan, 1.0, 1.0, 3.0]
    """
    length = SPANS_KEPT * span_candles
    average = np.full(len(values), np.nan)
    if len(values) >= length:
        weights = (1 - 2 / (span_candles + 1)) ** np.arange(length)[::-1]
        windows = np.lib.stride_tricks.sliding_window_view(values.to_numpy(dtype=float), length)
        average[length - 1 :] = np.einsum("ij,j->i", windows, weights / weights.sum())
    return pd.Series(average, index=values.index)
