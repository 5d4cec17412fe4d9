"""What is stated of TA-Lib's functions, measured on every function of the installed TA-Lib."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from freqai_regimes.features.talib_function import (
    Options,
    generate,
    price_unit_columns,
    warm_up_candles,
)
from freqai_regimes.features.talib_traits import COUNTED_FROM_FIRST_CANDLE
from tests.random_candles import random_candles

ROWS, WINDOW = 1500, 12
FUNCTIONS = sorted(set(talib.get_functions()) - COUNTED_FROM_FIRST_CANDLE)
#: Exponentials of a price are beyond all numbers.
OVERFLOWING = {"EXP", "COSH", "SINH"}


def candles(seed: int) -> pd.DataFrame:
    made = random_candles(ROWS, seed=seed)
    return made.assign(periods=np.resize([5.0, 9.0, 13.0], ROWS))


CANDLES = candles(21)


def options(function: str) -> Options:
    columns = {"BETA": ("high", "low"), "CORREL": ("high", "low"), "MAVP": ("close", "periods")}
    two = ("high", "low") if function in {"ADD", "SUB", "MULT", "DIV"} else ("close",)
    return Options(
        columns=columns.get(function, two), functions=(function,), windows_candles=(WINDOW,)
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_knows_the_future(function: str) -> None:
    whole = generate(CANDLES, options(function))
    for rows in (1, WINDOW, 200, 777, ROWS - 1):
        known = generate(CANDLES.iloc[:rows], options(function))
        pd.testing.assert_frame_equal(known, whole.iloc[:rows], check_exact=True)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_after_the_warm_up_no_function_knows_where_history_began(function: str) -> None:
    asked = options(function)
    warm_up = warm_up_candles(asked)
    assert warm_up < ROWS / 2
    for seed in (21, 22):
        long = candles(seed)
        whole = generate(long, asked)
        for first in (1, 333):
            later = generate(long.iloc[first:], asked).iloc[warm_up:]
            earlier = whole.iloc[first:].iloc[warm_up:]
            for column in whole:
                spread = whole[column].std() or 1.0
                got, expected = later[column], earlier[column]
                assert got.isna().equals(expected.isna()), column
                assert (got - expected).abs().max() <= 1e-6 * spread or got.isna().all(), column
                assert not got.isna().all() or function in {*OVERFLOWING, "ACOS", "ASIN"}


@pytest.mark.parametrize("function", sorted(COUNTED_FROM_FIRST_CANDLE))
def test_what_is_refused_does_know_where_history_began(function: str) -> None:
    described = talib.abstract.Function(function)
    inputs = [
        column
        for value in described.input_names.values()
        for column in (value if isinstance(value, list) else [value])
    ]
    period = [WINDOW] if "timeperiod" in described.parameters else []
    whole, later = (
        np.atleast_2d(
            getattr(talib, function)(
                *[CANDLES[column].to_numpy(float)[first:] for column in inputs], *period
            )
        )[0]
        for first in (0, 300)
    )
    assert not np.isclose(whole[-300:], later[-300:]).any()


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - OVERFLOWING - {"ACOS", "ASIN"}))
def test_columns_in_units_are_those_that_grow_with_price_or_volume(function: str) -> None:
    asked = options(function)
    one = generate(CANDLES, asked)
    prices, volumes = CANDLES.copy(), CANDLES.copy()
    prices[["open", "high", "low", "close"]] *= 8
    volumes["volume"] *= 8
    grown = [
        column
        for column in one
        for other in (prices, volumes)
        if not np.allclose(one[column], generate(other, asked)[column], rtol=1e-6, equal_nan=True)
    ]
    if function not in {"DIV", "TANH"}:  # a price of one in the other; tanh(price) is always 1
        assert sorted(set(grown)) == sorted(price_unit_columns(asked))
