"""A frame as numbers that are compared quickly, and where two of them first differ."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Rows of a frame, whatever its index.

    Attributes
    ----------
    columns : names of the columns.
    numbers : rows x columns; dates as seconds since 1970, words as a number that stands for them,
        NaN for what is missing.
    frame : the values as they were computed, of which row ``first`` is row 0 here.
    """

    columns: tuple[str, ...]
    numbers: Floats
    frame: pd.DataFrame
    first: int = 0

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Table:
        """Take over a whole frame."""
        if all(dtype.kind in "fiub" for dtype in frame.dtypes):
            numbers = frame.to_numpy(dtype=float)
        else:
            parts = [_numbers(frame.iloc[:, place]) for place in range(frame.shape[1])]
            numbers = np.column_stack(parts)
        return cls(tuple(str(name) for name in frame.columns), numbers, frame)

    @property
    def known(self) -> Bools:
        """Where there is a value."""
        return ~np.isnan(self.numbers)

    def part(self, first: int, stop: int | None = None) -> Table:
        """Some of the rows."""
        return replace(self, numbers=self.numbers[first:stop], first=self.first + first)

    def where(self, keep: Bools) -> Table:
        """The same rows, with nothing where ``keep`` is False."""
        return replace(self, numbers=np.where(keep, self.numbers, np.nan))

    def text(self, row: int, place: int) -> str:
        """A value with all its digits."""
        if np.isnan(self.numbers[row, place]):
            return "NaN"
        return as_text(self.frame.iloc[self.first + row, place])

    def column(self, name: str) -> Floats:
        """The numbers of one column."""
        numbers: Floats = self.numbers[:, self.columns.index(name)]
        return numbers


@dataclass(frozen=True)
class Difference:
    """The first row, and in it the first column, where two tables differ more than allowed.

    ``size`` is the largest relative difference anywhere; infinite where a value meets none.
    """

    column: str
    row: int
    expected: str
    got: str
    size: float
    rows: int


def first_difference(
    expected: Table, got: Table, tolerance: float = 0.0, *, unknown: bool = False
) -> Difference | None:
    """Compare two tables of as many rows, row by row.

    Parameters
    ----------
    tolerance : 0 compares exactly (NaN equals NaN); else the difference that is allowed, relative
        to the largest of the two values and the column's median size.
    unknown : whether NaN in ``got`` is let pass.

    Returns
    -------
    The first difference that is not allowed, or None. Other columns are a difference in row 0.
    """
    if expected.columns != got.columns:
        names = [", ".join(table.columns) for table in (expected, got)]
        return Difference("", 0, f"columns {names[0]}", f"columns {names[1]}", np.inf, len(names))
    sizes = relative_differences(expected.numbers, got.numbers)
    if unknown:
        sizes = np.where(got.known, sizes, 0.0)
    wrong = sizes > tolerance
    rows = np.flatnonzero(wrong.any(axis=1))
    if len(rows) == 0:
        return None
    row = int(rows[0])
    place = int(np.flatnonzero(wrong[row])[0])
    texts = expected.text(row, place), got.text(row, place)
    return Difference(expected.columns[place], row, *texts, float(sizes.max()), len(rows))


def relative_differences(expected: Floats, got: Floats) -> Floats:
    """Rows x columns: 0 where equal (NaN equals NaN), infinite where they cannot be compared."""
    same = (expected == got) | (np.isnan(expected) & np.isnan(got))
    if same.all():
        return np.zeros(expected.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        larger = np.maximum(np.abs(expected), np.abs(got))
        size = np.maximum(larger, _median_size(expected))
        relative = np.abs(expected - got) / np.where(size > 0, size, 1.0)
    return np.where(same, 0.0, np.where(np.isfinite(relative), relative, np.inf))


def as_text(value: object) -> str:
    """A value with all its digits.

    >>> as_text(np.float64(0.1)), as_text(pd.NaT), as_text("bull")
    ('0.1', 'NaT', 'bull')
    """
    if isinstance(value, float | np.floating):
        return "NaN" if np.isnan(value) else repr(float(value))
    return str(value)


def _median_size(values: Floats) -> Floats:
    sizes = np.zeros(values.shape[1])
    for place in range(values.shape[1]):
        finite = np.abs(values[np.isfinite(values[:, place]), place])
        sizes[place] = np.median(finite) if len(finite) else 0.0
    return sizes


def _numbers(column: pd.Series) -> Floats:
    if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    if not is_datetime64_any_dtype(column.dtype):
        missing = column.isna().to_numpy()
        if {type(value) for value in column[~missing]} - {pd.Timestamp}:
            words = [zlib.crc32(str(value).encode()) for value in column]
            return np.where(missing, np.nan, np.array(words, dtype=float))
        column = pd.to_datetime(column, utc=True)
    moments = column.to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1000)
