"""Generator ``statistics``: the distribution and shape of a column over its last candles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.option_lists import Names, Windows, each_once
from freqai_regimes.features.price_unit import has_unit
from freqai_regimes.features.relative import (
    RelativeOptions,
    keeps_unit,
    refuse_lone_window,
    relative,
)
from freqai_regimes.features.trailing_window import (
    Moments,
    Values,
    known_count,
    last_known,
    trailing_area,
    trailing_argmax,
    trailing_longest_run_below,
    trailing_mean,
    trailing_moments,
    trailing_slope,
    trailing_variance,
)

Function = Literal[
    "mean",
    "std",
    "skew",
    "pandas_skew",
    "skewness",
    "scipy_skew",
    "kurtosis",
    "pandas_kurtosis",
    "scipy_kurtosis",
    "area",
    "slope",
    "lsbm",
    "fmax",
    "msdc",
]


class Options(RelativeOptions):
    """Columns x functions x windows; each gives a column ``{column}_{function}_{window}``.

    =====================================  ========================================================
    ``mean``, ``std``                      average and standard deviation (ddof 0)
    ``skew``, ``pandas_skew``,             bias-adjusted skewness (Fisher-Pearson), of 3 values or
    ``skewness``                           more
    ``scipy_skew``                         the same; with ``bias`` the plain one
    ``kurtosis``, ``pandas_kurtosis``      bias-adjusted excess kurtosis (0 for a normal
                                           distribution), of 4 values or more
    ``scipy_kurtosis``                     plain m4 / m2^2 (3 for a normal distribution); with
                                           ``bias`` 3 less
    ``area``                               values above the last one against those below, in [-1, 1]
    ``slope``                              of the least-squares line, per candle
    ``lsbm``                               longest run of values strictly below the mean, in candles
    ``fmax``                               place of the first maximum, 0 oldest to below 1 newest
    ``msdc``                               mean central second derivative, per candle squared
    =====================================  ========================================================

    The same under two names is for lists of features that name it so (ITB and tsfresh).
    """

    generator: Literal["statistics"] = "statistics"
    columns: Names = Field(("close",), min_length=1, description="columns of the candles")
    functions: Annotated[tuple[Function, ...], AfterValidator(each_once)] = Field(
        min_length=1, description="what to compute, see above"
    )
    windows_candles: Windows = Field(
        min_length=1, description="lengths of the windows, the row itself included"
    )
    partial_windows: bool = Field(
        False, description="values from half a window on (as ITB); they depend on the history given"
    )
    bias: bool = Field(False, description="the other form of scipy_skew and scipy_kurtosis")

    @model_validator(mode="after")
    def _windows_are_long_enough(self) -> Options:
        shortest = min(self.windows_candles)
        for name in self.functions:
            if shortest < _STATISTICS[name].least:
                raise ValueError(
                    f"{name} over {shortest} candle(s) has no value: use windows_candles of "
                    f"{_STATISTICS[name].least} or more, or leave {name} out"
                )
        return self

    @model_validator(mode="after")
    def _a_base_is_another_window(self) -> Options:
        refuse_lone_window(self.windows_candles, self)
        return self


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute the statistics of each column, function and window.

    Missing and infinite values of a column count as the last known one before them; nothing is
    interpolated. A value depends on its own window alone (to the bit), whatever came before.

    Returns
    -------
    One float column for each of columns x functions x windows, same index. Row t uses candles <= t.
    NaN while the window fills (see ``partial_windows``; a window longer than the data never does),
    and where a statistic has no value: skewness and kurtosis of values that do not vary (pandas
    says 0), ``area`` of values that are all the same, a base of 0.

    Raises
    ------
    SettingsError
        If a column is missing.
    """
    require_columns("statistics", options.columns, candles.columns)
    results: dict[str, Values] = {}
    for column in options.columns:
        values = last_known(candles[column])
        windows = [_Window(values, window, options.bias) for window in options.windows_candles]
        for function in options.functions:
            outputs = [_output(function, window, options) for window in windows]
            names = [f"{column}_{function}_{window.candles}" for window in windows]
            results.update(zip(names, relative(outputs, options), strict=True))
    return pd.DataFrame(results, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before."""
    return max(options.windows_candles) - 1


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price or volume."""
    keeps = keeps_unit(len(options.windows_candles), options)
    return [
        f"{column}_{function}_{window}"
        for column, function in _pairs(options)
        for window, keep in zip(options.windows_candles, keeps, strict=True)
        if keep and has_unit(column) and _STATISTICS[function].in_unit
    ]


def _pairs(options: Options) -> Iterator[tuple[str, Function]]:
    return ((column, function) for column in options.columns for function in options.functions)


@dataclass(frozen=True)
class _Window:
    """A column and one length of window; what several statistics need is computed once."""

    values: Values
    candles: int
    bias: bool

    @cached_property
    def count(self) -> Values:
        return known_count(self.values, self.candles)

    @cached_property
    def mean(self) -> Values:
        return trailing_mean(self.values, self.candles)

    @cached_property
    def moments(self) -> Moments:
        return trailing_moments(self.values, self.candles)


def _output(function: Function, window: _Window, options: Options) -> Values:
    statistic = _STATISTICS[function]
    needed = max(1, window.candles // 2) if options.partial_windows else window.candles
    with np.errstate(divide="ignore", invalid="ignore"):
        values = statistic.compute(window)
    return np.where(window.count >= max(needed, statistic.least), values, np.nan)


def _varying(moments: Moments) -> Values:
    """Sum of squares, NaN where it is no more than the rounding of the values themselves."""
    rounding = np.finfo(float).resolution * moments.mean
    return np.where(moments.second > moments.count * rounding**2, moments.second, np.nan)


def _plain_skew(window: _Window) -> Values:
    moments = window.moments
    second = _varying(moments)
    return np.sqrt(moments.count) * moments.third / (second * np.sqrt(second))


def _adjusted_skew(window: _Window) -> Values:
    count = window.count
    return _plain_skew(window) * np.sqrt(count * (count - 1)) / (count - 2)


def _scipy_skew(window: _Window) -> Values:
    """Adjusted unless ``bias``; two values have the plain one only."""
    if window.bias:
        return _plain_skew(window)
    return np.where(window.count > 2, _adjusted_skew(window), _plain_skew(window))


def _plain_kurtosis(window: _Window) -> Values:
    moments = window.moments
    return moments.count * moments.fourth / _varying(moments) ** 2


def _scipy_kurtosis(window: _Window) -> Values:
    return _plain_kurtosis(window) - (3.0 if window.bias else 0.0)


def _adjusted_kurtosis(window: _Window) -> Values:
    count = window.count
    scale = (count - 1) / ((count - 2) * (count - 3))
    return scale * ((count + 1) * _plain_kurtosis(window) - 3 * (count - 1))


def _longest_strike_below_mean(window: _Window) -> Values:
    return trailing_longest_run_below(window.values, window.mean, window.candles)


def _first_maximum(window: _Window) -> Values:
    return trailing_argmax(window.values, window.candles) / window.count


def _second_derivative_centre(window: _Window) -> Values:
    """The mean of (x[i+1] - 2 x[i] + x[i-1]) / 2 needs the two values at either end only."""
    values, count = window.values, window.count
    rows = np.arange(len(values))
    oldest = (rows - np.maximum(count, 2) + 1).astype(int)
    last_step = values - values[np.maximum(rows - 1, 0)]
    first_step = values[np.maximum(oldest + 1, 0)] - values[np.maximum(oldest, 0)]
    centre: Values = 0.5 * (last_step - first_step) / (count - 2)
    return centre


@dataclass(frozen=True)
class _Statistic:
    """How to compute one, the fewest values it needs, and whether it has the column's unit."""

    compute: Callable[[_Window], Values]
    least: int = 1
    in_unit: bool = False


_STATISTICS: dict[str, _Statistic] = {
    "mean": _Statistic(lambda window: window.mean, in_unit=True),
    "std": _Statistic(
        lambda window: np.sqrt(trailing_variance(window.values, window.candles)), in_unit=True
    ),
    **dict.fromkeys(["skew", "pandas_skew", "skewness"], _Statistic(_adjusted_skew, 3)),
    "scipy_skew": _Statistic(_scipy_skew, 2),
    **dict.fromkeys(["kurtosis", "pandas_kurtosis"], _Statistic(_adjusted_kurtosis, 4)),
    "scipy_kurtosis": _Statistic(_scipy_kurtosis, 2),
    "area": _Statistic(lambda window: trailing_area(window.values, window.candles), 2),
    "slope": _Statistic(
        lambda window: trailing_slope(window.values, window.candles), 2, in_unit=True
    ),
    "lsbm": _Statistic(_longest_strike_below_mean),
    "fmax": _Statistic(_first_maximum),
    "msdc": _Statistic(_second_derivative_centre, 3, in_unit=True),
}
