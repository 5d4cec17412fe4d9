"""Generator ``talib``: any function of TA-Lib by its name, over columns and windows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import talib
from pydantic import Field, field_validator, model_validator

from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.features.option_lists import Names, Windows
from freqai_regimes.features.price_unit import has_unit
from freqai_regimes.features.relative import (
    RelativeOptions,
    keeps_unit,
    refuse_lone_window,
    relative,
)
from freqai_regimes.features.talib_traits import (
    COUNTED_FROM_FIRST_CANDLE,
    described,
    is_scale_free,
    settling_candles,
)
from freqai_regimes.features.trailing_window import Values, last_known

_CANDLE_INPUTS = frozenset({"open", "high", "low", "close", "volume"})


class Options(RelativeOptions):
    """Functions of TA-Lib, each over its inputs and windows.

    A function of one series (SMA, RSI, ...) is computed for each column; one of two (CORREL, BETA,
    ...) takes the two columns in the order given. One of candles (ATR, ADX, ...) takes its own
    inputs from the columns if all are among them (``high``, or a name ending in ``_high``), or from
    the candles. A window of 1 gives the series itself where the function takes one series.

    Names are ``{inputs}_{function}_{window}``, inputs joined by ``_``; without a window for
    functions that have none; with the output's name behind for functions of several.
    """

    generator: Literal["talib"] = "talib"
    columns: dict[str, str] | Names = Field(
        ("close",),
        min_length=1,
        description="columns of the candles, or which column is which input, as in "
        "{high: eth_high, low: eth_low, close: eth_close}",
    )
    functions: Names = Field(min_length=1, description="names of TA-Lib functions, as in SMA")
    windows_candles: Windows = Field((), description="values of timeperiod; 1: the series itself")
    parameters: dict[str, dict[str, int | float]] = Field(
        {}, description="other parameters by function, as in {MACD: {fastperiod: 8}}"
    )
    infix: str = Field("", description="put between function and window in each name")

    @field_validator("functions")
    @classmethod
    def _functions_are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = talib.get_functions()
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name.upper(), known, n=3) or ["SMA", "RSI", "ATR"]
                raise ValueError(
                    f"TA-Lib {talib.__version__} has no function {name}: use a name as in "
                    f"{', '.join(near)}"
                )
            if name in COUNTED_FROM_FIRST_CANDLE:
                raise ValueError(
                    f"{name} counts from the first candle loaded, so that it differs between "
                    "backtest and live: use a function over a window, as in ADOSC, CMF, VWMA or "
                    "fmax of the generator statistics"
                )
        return names

    @model_validator(mode="after")
    def _windows_and_parameters_fit(self) -> Options:
        strange = sorted(set(self.parameters) - set(self.functions))
        if strange:
            raise ValueError(f"parameters for {strange}, which are not among the functions")
        for name in self.functions:
            _refuse_parameters(name, self.parameters.get(name, {}))
            if _has_window(name) and not self.windows_candles:
                raise ValueError(f"{name} needs windows_candles, got none")
            for call in _calls(name, self):
                call.refuse_if_out_of_range()
        refuse_lone_window(self.windows_candles, self)
        return self

    @model_validator(mode="after")
    def _columns_fit(self) -> Options:
        for name in self.functions:
            wanted, given = _series_count(name), _listed(self, name)
            if wanted > 1 and len(given) != wanted:
                raise ValueError(f"{name} takes {wanted} columns, got {len(given)}: {given}")
            if wanted == 1 and not given:
                raise ValueError(f"{name} takes a series, got {self.columns}: add real: its column")
        return self


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Compute each function over its inputs and windows.

    Missing and infinite values of an input count as the last known one before them; nothing is
    interpolated.

    Returns
    -------
    One float column for each input, function, window and output, same index. Row t uses candles
    <= t. NaN in the lookback that TA-Lib states (also where TA-Lib itself gives 0) and where a
    result is infinite. Recursive functions depend on where history began for ``warm_up_candles``.

    Raises
    ------
    SettingsError
        If a column is missing.
    """
    series: dict[str, Values] = {}
    results: dict[str, Values] = {}
    for name in options.functions:
        calls = _calls(name, options)
        for inputs in _inputs(name, options):
            require_columns(f"talib's {name}", inputs, candles.columns)
            for column in inputs:
                if column not in series:
                    series[column] = last_known(candles[column])
            computed = [call.compute([series[column] for column in inputs]) for call in calls]
            for place, output in enumerate(_output_names(name)):
                names = [call.column(inputs, output, options.infix) for call in calls]
                outputs = relative([values[place] for values in computed], options)
                results.update(zip(names, outputs, strict=True))
    return pd.DataFrame(results, index=candles.index)


def warm_up_candles(options: Options) -> int:
    """Rows before values no longer depend on where history began, to 1e-6 of their own spread."""
    return max(call.warm_up for name in options.functions for call in _calls(name, options))


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price or volume."""
    found = []
    for name in options.functions:
        calls = _calls(name, options)
        for inputs in _inputs(name, options):
            in_unit = any(has_unit(column) for column in inputs)
            for output in _output_names(name):
                for call, keep in zip(calls, keeps_unit(len(calls), options), strict=True):
                    free = is_scale_free(name, output) and not call.is_series_itself
                    if keep and in_unit and not free:
                        found.append(call.column(inputs, output, options.infix))
    return found


@dataclass(frozen=True)
class _Call:
    """One function with its parameters, and its window if it has one."""

    function: str
    window: int | None
    parameters: dict[str, float]

    @property
    def is_series_itself(self) -> bool:
        return self.window == 1 and _series_count(self.function) == 1 == _input_count(self.function)

    @property
    def lookback(self) -> int:
        """Rows before the first value; -1 if TA-Lib refuses the parameters."""
        if self.is_series_itself:
            return 0
        function = described(self.function)
        function.parameters = self.parameters
        return int(function.lookback)

    @property
    def warm_up(self) -> int:
        if self.is_series_itself:
            return 0
        stated = {**described(self.function).parameters, **self.parameters}
        return self.lookback + settling_candles(self.function, stated)

    def refuse_if_out_of_range(self) -> None:
        if self.lookback < 0:
            raise ValueError(f"TA-Lib does not take {self.parameters} for {self.function}")

    def compute(self, inputs: list[Values]) -> list[Values]:
        if self.is_series_itself:
            return [inputs[0].copy()]
        got = getattr(talib, self.function)(*inputs, **self.parameters)
        outputs = got if isinstance(got, tuple) else (got,)
        begins = max(int(np.isnan(values).sum()) for values in inputs) + self.lookback
        results = [np.array(output, dtype=np.float64) for output in outputs]
        for result in results:
            result[:begins] = np.nan
            result[np.isinf(result)] = np.nan
        return results

    def column(self, inputs: tuple[str, ...], output: str, infix: str) -> str:
        several = len(_output_names(self.function)) > 1
        parts = [*inputs, self.function, infix, self.window, output if several else ""]
        return "_".join(str(part) for part in parts if part not in ("", None))


def _calls(name: str, options: Options) -> list[_Call]:
    defaults = described(name).parameters
    stated = options.parameters.get(name, {})
    # TA-Lib refuses a whole number where it takes a fraction, and the other way round.
    given = {key: type(defaults[key])(value) for key, value in stated.items()}
    if not _has_window(name):
        return [_Call(name, None, given)]
    windows = options.windows_candles
    return [_Call(name, window, {**given, "timeperiod": window}) for window in windows]


def _refuse_parameters(name: str, given: dict[str, float]) -> None:
    defaults = described(name).parameters
    allowed = [key for key in defaults if key != "timeperiod"]
    strange = sorted(set(given) - set(allowed))
    if strange:
        raise ValueError(
            f"{name} has no parameter {strange[0]} to set here: there are {allowed or 'none'}, "
            "and timeperiod is what windows_candles gives"
        )
    for key, value in given.items():
        if isinstance(defaults[key], int) and value != int(value):
            raise ValueError(f"{key} of {name} is a whole number, got {value}")


def _has_window(name: str) -> bool:
    return "timeperiod" in described(name).parameters


def _output_names(name: str) -> list[str]:
    return list(described(name).output_names)


def _series_inputs(name: str) -> dict[str, Any]:
    """TA-Lib's inputs that may be any series; the others are lists of candle columns."""
    names = described(name).input_names
    return {key: value for key, value in names.items() if not isinstance(value, list)}


def _series_count(name: str) -> int:
    return len(_series_inputs(name))


def _candle_inputs(name: str) -> list[str]:
    names = described(name).input_names.values()
    return [column for value in names if isinstance(value, list) for column in value]


def _input_count(name: str) -> int:
    return _series_count(name) + len(_candle_inputs(name))


def _listed(options: Options, name: str) -> tuple[str, ...]:
    """Columns for the inputs of a function that may be any series."""
    columns = options.columns
    if not isinstance(columns, dict):
        return columns
    return tuple(column for key, column in columns.items() if key not in _CANDLE_INPUTS)


def _inputs(name: str, options: Options) -> Iterator[tuple[str, ...]]:
    """Columns that a function is called with, for each call."""
    candle = _candle_columns(name, options)
    if _series_count(name) == 1:
        yield from ((column, *candle) for column in _listed(options, name))
    elif _series_count(name) > 1:
        yield _listed(options, name)
    else:
        yield candle


def _candle_columns(name: str, options: Options) -> tuple[str, ...]:
    wanted = _candle_inputs(name)
    if isinstance(options.columns, dict):
        return tuple(options.columns.get(column, column) for column in wanted)
    found = [
        next((own for own in options.columns if own == column or own.endswith(f"_{column}")), None)
        for column in wanted
    ]
    return tuple(own for own in found if own) if all(found) else tuple(wanted)
