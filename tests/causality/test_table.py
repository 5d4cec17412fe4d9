"""Comparing values: exactly, within a tolerance, and with NaN, dates and words among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.causality.table import Difference, Table, first_difference

A = pd.DataFrame({"x": [1.0, np.nan, 3.0], "y": [True, False, True], "z": ["a", None, "c"]})


def difference(other: pd.DataFrame, tolerance: float = 0.0) -> Difference | None:
    return first_difference(Table.of(A), Table.of(other), tolerance)


def test_equal_frames_whatever_their_index() -> None:
    assert difference(A.set_axis([7, 8, 9])) is None


def test_the_last_bit_counts() -> None:
    found = difference(A.assign(x=[1.0, np.nan, np.nextafter(3.0, 4.0)]))
    assert found is not None
    assert (found.column, found.row, found.expected, found.got) == (
        "x",
        2,
        "3.0",
        "3.0000000000000004",
    )
    assert found.size == pytest.approx(4.44e-16 / 3, rel=0.01)


@pytest.mark.parametrize(
    ("other", "place", "texts"),
    [
        (A.assign(x=[1.0, 0.0, 3.0]), ("x", 1), ("NaN", "0.0")),
        (A.assign(x=[1.0, np.nan, np.nan]), ("x", 2), ("3.0", "NaN")),
        (A.assign(y=[True, True, True]), ("y", 1), ("False", "True")),
        (A.assign(z=["b", None, "c"]), ("z", 0), ("a", "b")),
        (A.assign(x=[1.0, np.nan, 4.0], z=["a", "?", "c"]), ("z", 1), ("NaN", "?")),
    ],
)
def test_the_first_row_is_told(
    other: pd.DataFrame, place: tuple[str, int], texts: tuple[str, str]
) -> None:
    found = difference(other)
    assert found is not None
    assert ((found.column, found.row), (found.expected, found.got)) == (place, texts)


def test_tolerance_is_relative_to_value_or_median_size() -> None:
    near = A.assign(x=[1.0 + 1e-10, np.nan, 3.0])
    assert difference(near, 1e-9) is None
    assert difference(near, 1e-11) is not None
    # 1e-10 beside 0 is small in a column whose values are about 2.
    zero, almost = (pd.DataFrame({"x": [2.0, value, 2.0]}) for value in (0.0, 1e-10))
    assert first_difference(Table.of(zero), Table.of(almost), 1e-9) is None
    assert first_difference(Table.of(zero), Table.of(almost), 1e-11) is not None


def test_infinite_equals_infinite_only() -> None:
    one = Table.of(pd.DataFrame({"x": [np.inf, 1.0]}))
    other = Table.of(pd.DataFrame({"x": [-np.inf, 1.0]}))
    assert first_difference(one, one) is None
    found = first_difference(one, other, 1e9)
    assert found is not None and found.size == np.inf


def test_other_columns_are_a_difference() -> None:
    found = difference(A[["y", "x", "z"]])
    assert found is not None and found.got == "columns y, x, z"


def test_dates_of_any_unit_compare_and_read_as_dates() -> None:
    days = pd.date_range("2024-01-01", periods=2, tz="UTC").as_unit("ms")
    one = Table.of(pd.DataFrame({"at": days}))
    same = Table.of(pd.DataFrame({"at": days.as_unit("ns").astype(object)}))
    missing = Table.of(pd.DataFrame({"at": pd.Series(days).where([True, False])}))
    assert first_difference(one, same) is None
    found = first_difference(one, missing)
    assert found is not None and (found.row, found.got) == (1, "NaN")
    assert found.expected == "2024-01-02 00:00:00+00:00"


def test_parts_and_masks_keep_their_words() -> None:
    part = Table.of(A).part(1).where(np.array([[True], [False]]))
    assert part.text(0, 1) == "False"
    assert part.text(1, 2) == "NaN"
    unknown = first_difference(Table.of(A).part(1), part, unknown=True)
    assert unknown is None
