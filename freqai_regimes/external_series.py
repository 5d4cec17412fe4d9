"""Series from a user's own files, and the checks that every joined series must pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from freqai_regimes.errors import CandleError, SettingsError

_DATED = re.compile(r"\d{4}-?\d\d-?\d.*")
_ZONED = re.compile(r".*\d[T ]\d\d(:?\d\d){1,2}([.,]\d+)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)", re.I)
_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda path: pd.read_csv(path),
    ".parquet": lambda path: pd.read_parquet(path),
}


def read_series(
    path: Path, *, date_column: str = "date", columns: tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Read an external series from a CSV or parquet file.

    Returns
    -------
    ``date`` (UTC) and the wanted columns (all others by default) as numbers, index 0..n-1; an empty
    field is NaN.

    Raises
    ------
    SettingsError
        If the file is missing, of another kind or unreadable, or lacks a column.
    CandleError
        If dates are no times with a zone, are not sorted or repeat, or a column holds text.
    """
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise SettingsError(f"{path} is no .csv or .parquet file: write the series as one of them.")
    if not path.is_file():
        raise SettingsError(f"{path} does not exist: correct the path of the source.")
    try:
        frame = reader(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): write it again.") from error
    others = [str(name) for name in frame.columns if name not in (date_column, "date")]
    wanted = columns or tuple(others)
    require_columns(frame, (date_column, *wanted), path.name)
    if "date" in wanted:
        raise SettingsError(f"Column date of {path.name} is no value: leave it out of columns.")
    series = checked_numbers(frame[list(wanted)], path.name)
    series.insert(0, "date", _zoned(frame[date_column], path.name))
    return series.assign(date=checked_dates(series, path.name))


def checked_numbers(values: pd.DataFrame, name: str) -> pd.DataFrame:
    """Columns as floats.

    Raises
    ------
    CandleError
        If a column holds something else than numbers.
    """
    text = [str(column) for column in values if not is_numeric_dtype(values[column])]
    if text:
        raise CandleError(
            f"Columns {', '.join(text)} of {name} hold something else than numbers: correct them, "
            "or leave them out."
        )
    return values.astype(float)


def checked_dates(
    frame: pd.DataFrame, name: str, *, rising: bool = True, may_be_empty: bool = False
) -> pd.Series:
    """The dates of a series in UTC, to the nanosecond.

    Raises
    ------
    CandleError
        If there are none (unless there may be), they have no time zone, are missing or, unless they
        need not rise, repeat or go back.
    """
    require_columns(frame, ("date",), name)
    dates = frame["date"]
    if frame.empty and not may_be_empty:
        raise CandleError(f"There are no rows in {name}: load it, or remove the source.")
    if not isinstance(dates.dtype, pd.DatetimeTZDtype):
        raise CandleError(
            f"Dates of {name} are {dates.dtype}, not times with a time zone: convert them with "
            "pandas.to_datetime(..., utc=True) if they are in UTC."
        )
    if dates.isna().any():
        raise CandleError(f"Dates of {name} are missing in {int(dates.isna().sum())} row(s).")
    if rising:
        for bad, what, remedy in (
            (dates.duplicated(), "repeat", "keep one row for each"),
            (dates.diff() < pd.Timedelta(0), "go back", "sort the rows by date"),
        ):
            if bad.any():
                first = dates[bad].iloc[0]
                raise CandleError(f"Dates of {name} {what}, first at {first}: {remedy}.")
    utc: pd.Series = dates.dt.tz_convert("UTC").dt.as_unit("ns")
    return utc


def _zoned(dates: pd.Series, name: str) -> pd.Series:
    """Times with a zone from a file; what has none is refused, since nobody knows which it is."""
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        return dates
    text = dates.astype("string")
    bare = text.isna() | ~text.str.fullmatch(_DATED) | ~text.str.fullmatch(_ZONED)
    if bare.any():
        raise CandleError(
            f"Dates of {name} have no time zone, first {text[bare].iloc[0]!r}: write them in UTC "
            "as 2024-01-31T00:00:00Z (in parquet: as timestamps with a time zone)."
        )
    try:
        times: pd.Series = pd.to_datetime(text, utc=True, format="ISO8601")
    except ValueError as error:
        raise CandleError(f"Dates of {name} are no times: {error}.") from error
    return times


def require_columns(frame: pd.DataFrame, needed: tuple[str, ...], name: str) -> None:
    """Refuse a series that lacks a column.

    Raises
    ------
    SettingsError
        With what is missing and what there is.
    """
    missing = [column for column in needed if column not in frame]
    if missing:
        raise SettingsError(
            f"Columns {', '.join(missing)} are not in {name}; there are "
            f"{', '.join(map(str, frame.columns))}. Correct the name."
        )
