"""What every feature generator must hold to, whatever it computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd


class Generator(Protocol):
    """A module of ``freqai_regimes.features`` that generates."""

    def generate(self, candles: pd.DataFrame, options: Any) -> pd.DataFrame: ...
    def warm_up_candles(self, options: Any) -> int: ...
    def price_unit_columns(self, options: Any) -> list[str]: ...


def equal(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(got, expected, check_exact=True, check_freq=False)


def check_rows_stand_alone(
    generator: Generator, options: Any, candles: pd.DataFrame, moments: Sequence[int]
) -> None:
    """Rows up to t are the same, to the bit, without the later ones and with others after them."""
    whole = generator.generate(candles, options)
    rng = np.random.default_rng(5)
    for row in moments:
        equal(generator.generate(candles.iloc[: row + 1], options), whole.iloc[: row + 1])
        changed, later = candles.copy(), candles.index[row + 1 :]
        for column in candles.columns.drop("date"):
            changed[column] = changed[column].astype(float)
            changed.loc[later, column] *= rng.uniform(2, 50, len(later))
        equal(generator.generate(changed, options).iloc[: row + 1], whole.iloc[: row + 1])


def check_history_is_forgotten(
    generator: Generator,
    options: Any,
    candles: pd.DataFrame,
    earlier: Sequence[int],
    tolerance: float = 0.0,
) -> None:
    """After the stated warm-up a value is the same however many rows came before.

    ``tolerance`` is a fraction of the largest size of the column. The warm-up is as long as stated
    and not longer: unless there is a tolerance, the row before it lacks a value.
    """
    warm_up = generator.warm_up_candles(options)
    whole = generator.generate(candles, options)
    size = whole.abs().max()
    if not tolerance:
        assert whole.iloc[warm_up - 1].isna().any(), "the warm-up is shorter than stated"
    for start in earlier:
        short = generator.generate(candles.iloc[start:], options).iloc[warm_up:]
        same = whole.iloc[start + warm_up :]
        assert len(same) > 0 and same.notna().any().all()
        assert short.isna().equals(same.isna())
        assert ((short - same).abs().max() <= tolerance * size).all(), start


def check_frame(generator: Generator, options: Any, candles: pd.DataFrame) -> None:
    """Float columns on the index given, twice the same, input untouched, no infinity."""
    given = candles.set_axis(np.arange(len(candles))[::-1] * 3 + 1000)
    before = given.copy(deep=True)
    got = generator.generate(given, options)
    equal(given, before)
    equal(generator.generate(given, options), got)
    equal(got.reset_index(drop=True), generator.generate(candles, options).reset_index(drop=True))
    assert got.index.equals(given.index) and got.columns.is_unique
    assert (got.dtypes == np.float64).all()
    assert not set(got.columns) & set(candles.columns)
    assert not np.isinf(got.to_numpy()).any()
    named = generator.price_unit_columns(options)
    assert len(set(named)) == len(named) and set(named) <= set(got.columns)


def check_price_units(generator: Generator, options: Any, candles: pd.DataFrame) -> None:
    """A thousandth of the price changes the columns in price units and no other."""
    scaled = candles.copy()
    prices = candles.columns[candles.columns.str.endswith(("open", "high", "low", "close"))]
    scaled[prices] = candles[prices] / 1024  # a power of two, so that nothing is rounded
    whole, other = generator.generate(candles, options), generator.generate(scaled, options)
    tolerance = 1e-6 * whole.abs().max()
    moved = ((whole - other).abs().max() > tolerance).to_dict()
    named = generator.price_unit_columns(options)
    assert moved == {column: column in named for column in whole}


def check_too_few_rows(generator: Generator, options: Any, candles: pd.DataFrame) -> None:
    """A window longer than the data, and no data at all, give the same columns without a value."""
    columns = generator.generate(candles, options).columns
    for rows in (0, 1, 2):
        got = generator.generate(candles.iloc[:rows], options)
        assert got.columns.equals(columns) and len(got) == rows
        assert (got.dtypes == np.float64).all()
