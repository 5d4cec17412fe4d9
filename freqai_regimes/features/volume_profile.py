"""Generator ``volume_profile``: price, volume, range and trades of now against their long run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.option_lists import (
    LONGEST_WINDOW_CANDLES,
    Windows,
    as_list,
    each_once,
)
from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.features.trailing_window import (
    Values,
    known_count,
    last_known,
    trailing_area,
    trailing_mean,
    trailing_slope,
    trailing_variance,
)

Function = Literal[
    "close_WMA",
    "close_STD",
    "volume_SMA",
    "span_SMA",
    "trades_SMA",
    "tb_base_SMA",
    "close_AREA",
    "close_SLOPE",
    "volume_SLOPE",
]

_KLINE_EXTRAS = (
    "Freqtrade's candles do not carry it: add the source kline_extras (Binance only; "
    "freqai-regimes kline-extras fetches it), name another column in trades_column or "
    "taker_base_column, or leave the function out."
)


class Options(FeatureOptions):
    """The set of features that ITB calls its own (itblib), by the names it gives them.

    ================  =================  =========================================================
    ``close_WMA``     ``close_{w}``      average close, weighted by volume
    ``close_STD``     ``close_std_{w}``  standard deviation of the close (ddof 0)
    ``volume_SMA``    ``volume_{w}``     average volume
    ``span_SMA``      ``span_{w}``       average of high minus low
    ``trades_SMA``    ``trades_{w}``     average number of trades
    ``tb_base_SMA``   ``tb_base_{w}``    average share of the volume that takers bought
    ================  =================  =========================================================

    All these are percent above the same over ``base_window_candles``. The rest has no base:
    ``close_AREA`` (``close_area_{w}``: closes above the last one against those below, in [-1, 1]),
    ``close_SLOPE`` and ``volume_SLOPE`` (``close_trend_{w}``, ``volume_trend_{w}``: slope of the
    least-squares line, per candle).
    """

    generator: Literal["volume_profile"] = "volume_profile"
    functions: Annotated[
        tuple[Function, ...], BeforeValidator(as_list), AfterValidator(each_once)
    ] = Field(
        (
            "close_WMA",
            "close_STD",
            "volume_SMA",
            "span_SMA",
            "close_AREA",
            "close_SLOPE",
            "volume_SLOPE",
        ),
        min_length=1,
        description="what to compute, see above; trades_SMA and tb_base_SMA need the source "
        "kline_extras",
    )
    windows_candles: Windows = Field(
        min_length=1, description="lengths of the windows, the row itself included"
    )
    base_window_candles: int = Field(
        ge=1, le=LONGEST_WINDOW_CANDLES, description="the long run that windows are compared with"
    )
    use_differences: bool = Field(
        False,
        description="take the change of close, volume and trades to the candle before, in percent, "
        "instead of themselves",
    )
    partial_windows: bool = Field(
        False, description="values from half a window on (as ITB); they depend on the history given"
    )
    trades_column: str = Field("trades", description="column with the number of trades")
    taker_base_column: str = Field(
        "taker_base_volume", description="column with the volume that takers bought"
    )

    @model_validator(mode="after")
    def _windows_are_long_enough(self) -> Options:
        shortest = min(self.windows_candles)
        for name in self.functions:
            if shortest < _PROFILES[name].least:
                raise ValueError(
                    f"{name} over {shortest} candle(s) has no value: use windows_candles of "
                    f"{_PROFILES[name].least} or more, or leave {name} out"
                )
        return self


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute each function over each window.

    Missing and infinite values of a column, and changes that are (from a volume of 0), count as
    the last known ones before them; nothing is interpolated. The candles are left alone also with
    ``use_differences``. A value depends on its own windows alone (to the bit).

    Returns
    -------
    One float column for each function and window, same index. Row t uses candles <= t. NaN while
    the window, and the base window where there is one, fills (see ``partial_windows``; a window
    longer than the data never does), where a base is 0, and where nothing was traded in a whole
    window (``close_WMA``) or all closes are the same (``close_AREA``).

    Raises
    ------
    SettingsError
        If a column is missing.
    """
    results: dict[str, Values] = {}
    for function in options.functions:
        profile = _PROFILES[function]
        columns = [_input(candles, name, options) for name in profile.inputs]
        over = partial(_over_window, profile, columns, options.partial_windows)
        base = over(options.base_window_candles) if profile.has_base else None
        for window in options.windows_candles:
            values = over(window)
            name = f"{profile.name}_{window}"
            results[name] = values if base is None else _percent_above(values, base)
    return pd.DataFrame(results, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on how much history came before."""
    windows = list(options.windows_candles)
    if any(_PROFILES[function].has_base for function in options.functions):
        windows.append(options.base_window_candles)
    return max(windows) - 1 + int(options.use_differences)


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price or volume: the slopes, except those of percent changes."""
    return [
        f"{_PROFILES[function].name}_{window}"
        for function in options.functions
        for window in options.windows_candles
        if _PROFILES[function].in_unit and not options.use_differences
    ]


@dataclass(frozen=True)
class _Profile:
    """How a function's columns are called, and how they are computed over one window."""

    name: str
    inputs: tuple[str, ...]
    compute: Callable[..., Values]
    has_base: bool = True
    least: int = 1
    in_unit: bool = False


def _input(candles: pd.DataFrame, name: str, options: Options) -> Values:
    """Return what a function is computed on, without missing values."""
    known = partial(_known, candles, options)
    if name == "span":
        return known("high") - known("low")
    if name == "tb_base":
        with np.errstate(divide="ignore", invalid="ignore"):
            share = known(options.taker_base_column) / known("volume")
        return last_known(pd.Series(share))
    values = known(options.trades_column if name == "trades" else name)
    return _percent_changes(values) if options.use_differences else values


def _known(candles: pd.DataFrame, options: Options, column: str) -> Values:
    extras = (options.trades_column, options.taker_base_column)
    remedy = _KLINE_EXTRAS if column in extras else ""
    require_columns("volume_profile", [column], candles.columns, remedy)
    return last_known(candles[column])


def _over_window(profile: _Profile, columns: list[Values], early: bool, window: int) -> Values:
    needed = max(1, window // 2) if early else window
    with np.errstate(divide="ignore", invalid="ignore"):
        values = profile.compute(*columns, window)
    count = np.minimum.reduce([known_count(column, window) for column in columns])
    return np.where(count >= max(needed, profile.least), values, np.nan)


def _percent_changes(values: Values) -> Values:
    changes = np.full(len(values), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes[1:] = 100 * (values[1:] / values[:-1] - 1)
    return last_known(pd.Series(changes))


def _percent_above(values: Values, base: Values) -> Values:
    return 100 * (values - base) / np.where(base == 0, np.nan, base)


def _weighted_mean(values: Values, weights: Values, window: int) -> Values:
    return trailing_mean(values * weights, window) / trailing_mean(weights, window)


def _std(values: Values, window: int) -> Values:
    return np.sqrt(trailing_variance(values, window))


_PROFILES = {
    "close_WMA": _Profile("close", ("close", "volume"), _weighted_mean),
    "close_STD": _Profile("close_std", ("close",), _std),
    "volume_SMA": _Profile("volume", ("volume",), trailing_mean),
    "span_SMA": _Profile("span", ("span",), trailing_mean),
    "trades_SMA": _Profile("trades", ("trades",), trailing_mean),
    "tb_base_SMA": _Profile("tb_base", ("tb_base",), trailing_mean),
    "close_AREA": _Profile("close_area", ("close",), trailing_area, has_base=False, least=2),
    "close_SLOPE": _Profile(
        "close_trend", ("close",), trailing_slope, has_base=False, least=2, in_unit=True
    ),
    "volume_SLOPE": _Profile(
        "volume_trend", ("volume",), trailing_slope, has_base=False, least=2, in_unit=True
    ),
}
