"""Generator ``custom``: the user's own function of the candles, held to the rules of all others."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_complex_dtype, is_numeric_dtype
from pydantic import Field, field_validator, model_validator

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.options import FeatureOptions

LONGEST_MESSAGE = 300


class Options(FeatureOptions):
    """A function of the user's, what it is given, and what it promises.

    Settings that name a function run its code: use only those of people you trust.
    """

    generator: Literal["custom"] = "custom"
    function: str = Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
        description="module:name; the module is installed or in a folder on PYTHONPATH",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="given to the function by name, after the candles"
    )
    columns: tuple[str, ...] = Field(min_length=1, description="columns it returns, all of them")
    price_unit_columns: tuple[str, ...] = Field(
        (), description="those of them in units of price or volume"
    )
    warm_up_candles: int = Field(
        ge=0,
        le=10_000_000,
        description="rows before the first value that does not depend on earlier history",
    )

    @field_validator("columns", "price_unit_columns")
    @classmethod
    def _names_that_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value) or "" in value:
            raise ValueError(f"got {list(value)}: give each column a name, and each only once")
        return value

    @model_validator(mode="after")
    def _price_units_are_columns(self) -> Options:
        unknown = [name for name in self.price_unit_columns if name not in self.columns]
        if unknown:
            raise ValueError(
                f"price_unit_columns has {', '.join(unknown)}, which is not in columns: "
                f"{', '.join(self.columns)}"
            )
        return self


def generate(candles: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Call the function on a copy of the candles, and check what it returns.

    The code is the user's own, and so are its mistakes: whether row t uses candles <= t, and
    whether the warm-up is as long as stated, is not seen here. It is certified like every other
    generator; do not trade on features that ``freqai-regimes certify`` refuses.

    Returns
    -------
    The declared columns as floats in the order declared, index of ``candles``; infinite values are
    NaN.

    Raises
    ------
    SettingsError
        If the module or function is not found; if the function raises, or changes the candles it
        was given; if it returns anything but a frame with the same index and the declared columns,
        all of them numbers.
    """
    function = _found(options.function)
    given = candles.copy()
    try:
        returned = function(given, **copy.deepcopy(options.parameters))
    except Exception as error:
        raise SettingsError(
            f"{options.function} failed: {_one_line(error)}. Correct the function or its "
            "parameters."
        ) from error
    _check_untouched(given, candles, options)
    _check_shape(returned, candles, options)
    return _as_floats(returned, options)


def warm_up_candles(options: Options) -> int:
    """Rows before the first value that no longer depends on earlier history, as declared."""
    return options.warm_up_candles


def price_unit_columns(options: Options) -> list[str]:
    """Columns in units of price or volume, as declared."""
    return list(options.price_unit_columns)


def _found(path: str) -> Callable[..., Any]:
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # importing runs the module, which may raise anything
        raise SettingsError(
            f"{path} cannot be imported: {_one_line(error)}. Install the module or put its folder "
            "on PYTHONPATH, and make sure that it runs."
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        what = "has no" if function is None else f"has a {type(function).__name__} as"
        raise SettingsError(
            f"{path}: module {module_name} {what} {name}. Name a function that takes candles and "
            "returns a DataFrame."
        )
    return function  # type: ignore[no-any-return] # callable, as just asked


def _check_untouched(given: pd.DataFrame, candles: pd.DataFrame, options: Options) -> None:
    if not given.equals(candles):
        raise SettingsError(
            f"{options.function} changed the candles it was given. Let it work on a copy and "
            "return new columns only."
        )


def _check_shape(returned: Any, candles: pd.DataFrame, options: Options) -> None:
    if not isinstance(returned, pd.DataFrame):
        raise SettingsError(
            f"{options.function} returned {type(returned).__name__}, not a DataFrame. Let it "
            f"return one with the columns {', '.join(options.columns)}."
        )
    if not returned.index.equals(candles.index):
        raise SettingsError(
            f"{options.function} returned {len(returned)} row(s) for {len(candles)}, or another "
            "index. Build its result with index=candles.index, and drop no rows: unknown is NaN."
        )
    got = [str(column) for column in returned.columns]
    if sorted(got) != sorted(options.columns):
        raise SettingsError(
            f"{options.function} returned {', '.join(got) or 'no column'}; declared are "
            f"{', '.join(options.columns)}. Make columns the list of what it returns."
        )


def _as_floats(returned: pd.DataFrame, options: Options) -> pd.DataFrame:
    floats = {}
    for name in options.columns:
        column = returned[name]
        if not is_numeric_dtype(column) or is_complex_dtype(column):
            raise SettingsError(
                f"{options.function} returned {column.dtype} in {name}, which are no numbers. Let "
                "it return floats, with NaN for unknown."
            )
        values = column.to_numpy(dtype=float, na_value=np.nan)
        floats[name] = np.where(np.isfinite(values), values, np.nan)
    return pd.DataFrame(floats, index=returned.index)


def _one_line(error: Exception) -> str:
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return words if len(words) <= LONGEST_MESSAGE else words[:LONGEST_MESSAGE] + "..."
