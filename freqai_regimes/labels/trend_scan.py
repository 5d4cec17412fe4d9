"""Trend scan: the t-value of the clearest straight line through the coming prices."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from freqai_regimes.labels.first_crossing import Floats
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.options import LabelOptions
from freqai_regimes.labels.resolution import ColumnName, column, resolve

# Of the variance; keeps the t-value of a perfect line finite, and rounding from deciding it.
LEAST_UNEXPLAINED = 1e-12


class Options(LabelOptions):
    """Options of the trend scan."""

    label: Literal["trend_scan"]
    shortest_candles: int = Field(6, ge=2, description="shortest line, candles after the row")
    longest_candles: int = Field(24, ge=2, description="longest line, candles after the row")
    step_candles: int = Field(1, ge=1, description="from one tried length to the next")
    logarithm: bool = Field(True, description="lines through log prices rather than prices")
    value: Literal["t_value", "sign"] = Field(
        "t_value", description="the t-value itself (regression) or its sign (three classes)"
    )
    name: ColumnName | None = Field(None, description="of the column; null: trend_scan_LONGEST")

    @model_validator(mode="after")
    def _ordered(self) -> Options:
        if self.longest_candles < self.shortest_candles:
            raise ValueError(
                f"longest_candles {self.longest_candles} is below shortest_candles "
                f"{self.shortest_candles}: it must be at least that"
            )
        return self


def compute(candles: pd.DataFrame, options: Options) -> Labelled:
    """t-value of the slope of the line, among the tried lengths, whose t-value is largest.

    A line of length h is fitted by least squares to the closes of t, t+1 ... t+h. Largest means in
    absolute value; of equal ones the shortest counts. Prices that do not move have t-value 0.

    Known at the close of t + the longest tried length whichever length wins, as only then all have
    been tried; NaN before. The book's table gives the end of the winning line instead, at which
    nobody can know that it wins. Kind: regression, or three_class with ``value="sign"``.

    Raises
    ------
    SettingsError
        If the candles lack close.

    References
    ----------
    M. Lopez de Prado, Machine Learning for Asset Managers, Cambridge 2020, section 5.4.
    """
    price = column(candles, "close", "trend_scan")
    best = _best_t_value(np.log(price) if options.logarithm else price, _lengths(options))
    signs = options.value == "sign"
    name = options.name or f"trend_scan_{options.longest_candles}"
    known = np.arange(len(candles)) + horizon_candles(options)
    value = np.sign(best) if signs else best
    return resolve(
        candles, {name: (value, known)}, {name: "three_class" if signs else "regression"}
    )


def horizon_candles(options: Options) -> int:
    """Candles after the row until its label is known: the longest length that is tried."""
    return _lengths(options)[-1]


def _lengths(options: Options) -> range:
    return range(options.shortest_candles, options.longest_candles + 1, options.step_candles)


def _best_t_value(price: Floats, lengths: range) -> Floats:
    """Lengthen the lines of all rows at once, candle by candle, and keep the clearest.

    Sums of y, k*y and y*y with y counted from the row's own price stay small, so that nothing is
    lost when they are subtracted from one another.
    """
    rows = max(len(price) - lengths[-1], 0)
    total, product, square = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    best = np.zeros(rows)
    for length in range(1, lengths[-1] + 1):
        step = price[length : length + rows] - price[:rows]
        total += step
        product += length * step
        square += step * step
        if length in lengths:
            t_value = _t_value(total, product, square, length)
            best = np.where(np.abs(t_value) > np.abs(best), t_value, best)
    found = np.full(len(price), np.nan)
    found[:rows] = np.where(np.isnan(total), np.nan, best)
    return found


def _t_value(total: Floats, product: Floats, square: Floats, length: int) -> Floats:
    """t-value of the slope through length + 1 points whose first is 0, from their sums."""
    points = length + 1
    spread = points * (points**2 - 1) / 12
    slope = (product - length / 2 * total) / spread
    variation = square - total * total / points
    unexplained = np.maximum(variation - slope * slope * spread, LEAST_UNEXPLAINED * variation)
    error = np.sqrt(unexplained / (points - 2) / spread)
    return np.divide(slope, error, out=np.zeros(len(slope)), where=error > 0)
