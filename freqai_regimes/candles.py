"""Candles in freqtrade's feather files: where they lie, whether to trust them, how they coarsen.

A candle's ``date`` is its opening time in UTC; its values are known only once it has closed, one
timeframe after ``date``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype
from pydantic import AfterValidator

from freqai_regimes.errors import CandleError

CANDLE_COLUMNS = ("date", "open", "high", "low", "close", "volume")
PRICE_COLUMNS = ("open", "high", "low", "close")
SPOT, FUTURES, MARK, FUNDING = "spot", "futures", "mark", "funding_rate"

_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIMEFRAME = re.compile(r"([1-9][0-9]*)([mhdw])")
_FILE = re.compile(
    r"^(?P<pair>.+)-(?P<timeframe>[1-9][0-9]*[mhdw])(?:-(?P<candle_type>futures|mark|funding_rate))?\.feather$"
)


@dataclass(frozen=True)
class CandleFile:
    """One stored series of candles."""

    pair: str
    timeframe: str
    candle_type: str
    path: Path


def timeframe_seconds(timeframe: str) -> int:
    """Length of a candle in seconds.

    >>> timeframe_seconds("4h")
    14400
    """
    match = _TIMEFRAME.fullmatch(timeframe)
    if match is None:
        raise CandleError(
            f"Timeframe {timeframe!r} is not one: use a number and m, h, d or w, as in 5m, 4h, 1d."
        )
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def _checked_timeframe(value: str) -> str:
    """The timeframe, as settings take it: pydantic shows a ValueError beside the field's name."""
    try:
        timeframe_seconds(value)
    except CandleError as error:
        raise ValueError(str(error)) from error
    return value


#: The type of a setting that names a timeframe.
Timeframe = Annotated[str, AfterValidator(_checked_timeframe)]


def first_open_seconds(timeframe: str) -> int:
    """Where candles are aligned, in seconds since 1970: weeks to a Monday, others to 1 January.

    As freqtrade counts: a candle of 3d opens every third day since 1970.

    >>> first_open_seconds("1w") // 86400, first_open_seconds("3d")
    (4, 0)
    """
    return 4 * _UNIT_SECONDS["d"] if timeframe.endswith("w") else 0


def candle_path(datadir: Path, pair: str, timeframe: str, candle_type: str = SPOT) -> Path:
    """Where freqtrade keeps the candles of a pair (its feather layout, spot or futures).

    >>> candle_path(Path("data"), "BTC/USDT:USDT", "1h", "mark").as_posix()
    'data/futures/BTC_USDT_USDT-1h-mark.feather'
    """
    stem = re.sub(r"[/ .@$+:]", "_", pair) + f"-{timeframe}"
    if candle_type == SPOT:
        return datadir / f"{stem}.feather"
    return datadir / "futures" / f"{stem}-{candle_type}.feather"


def stored_candles(datadir: Path) -> list[CandleFile]:
    """Every candle file of a freqtrade data directory, spot and futures, sorted by path."""
    files = []
    for path in sorted([*datadir.glob("*.feather"), *datadir.glob("futures/*.feather")]):
        match = _FILE.match(path.name)
        if match is None:
            continue
        parts = match["pair"].split("_")
        if len(parts) not in (2, 3):
            continue
        pair = "/".join(parts[:2]) + (f":{parts[2]}" if len(parts) == 3 else "")
        files.append(CandleFile(pair, match["timeframe"], match["candle_type"] or SPOT, path))
    return files


def read_candles(datadir: Path, pair: str, timeframe: str, candle_type: str = SPOT) -> pd.DataFrame:
    """Read and check one series of candles.

    Funding rates stand in ``open``, as freqtrade stored them before 2026; its newer files of two
    columns are read into the same frame.

    Returns
    -------
    Frame of ``CANDLE_COLUMNS``, one row a candle, sorted by ``date`` (UTC), index 0..n-1.

    Raises
    ------
    CandleError
        If the file is missing or unreadable, or its candles are damaged (see ``check_candles``).
    """
    path = candle_path(datadir, pair, timeframe, candle_type)
    if not path.is_file():
        raise CandleError(
            f"No {timeframe} {candle_type} candles of {pair}: {path} does not exist. "
            "Download them (freqtrade download-data) or choose another data directory."
        )
    try:
        frame = pd.read_feather(path)
    except (OSError, ValueError) as error:
        raise CandleError(
            f"{path} cannot be read ({error}). Delete the file and download it again."
        ) from error
    if candle_type == FUNDING and "funding_rate" in frame:
        rate = frame["funding_rate"]
        frame = frame[["date"]].assign(open=rate, high=0.0, low=0.0, close=0.0, volume=0.0)
    check_candles(frame, f"{pair} {timeframe} ({path.name})", prices=candle_type != FUNDING)
    return frame[list(CANDLE_COLUMNS)]


def write_candles(
    frame: pd.DataFrame, datadir: Path, pair: str, timeframe: str, candle_type: str = SPOT
) -> Path:
    """Write candles as freqtrade does (feather, dates in milliseconds UTC), whole or not at all."""
    path = candle_path(datadir, pair, timeframe, candle_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = frame[list(CANDLE_COLUMNS)].reset_index(drop=True)
    stored["date"] = stored["date"].dt.as_unit("ms")
    partial = path.with_suffix(".partial")
    stored.to_feather(partial, compression="lz4", compression_level=9)
    partial.replace(path)
    return path


def nanoseconds(dates: pd.Series) -> npt.NDArray[np.int64]:
    """Moments in UTC as nanoseconds since 1970, a fast way to compare them.

    >>> nanoseconds(pd.Series([pd.Timestamp("1970-01-01T00:00:01Z")])).tolist()
    [1000000000]
    """
    return dates.to_numpy(dtype="datetime64[ns]").view(np.int64)


def check_candles(frame: pd.DataFrame, name: str, *, prices: bool = True) -> None:
    """Refuse candles that no computation should start from.

    Parameters
    ----------
    frame : candles with at least ``CANDLE_COLUMNS``.
    name : what to call them in an error.
    prices : whether the values are prices, which must be positive with low <= open, close <= high.
        (Funding rates are stored as candles too, and may be negative.)

    Raises
    ------
    CandleError
        For missing columns, no rows, dates that are no timestamps in UTC, are missing, repeat or go
        back, values that are NaN, infinite or no numbers, prices that are not positive, an open or
        close outside low to high, negative volume. Gaps are no error: see ``gaps``.
    """
    missing = [column for column in CANDLE_COLUMNS if column not in frame.columns]
    if missing:
        raise CandleError(
            f"Candles of {name} lack {', '.join(missing)}; got {list(frame.columns)}."
        )
    if frame.empty:
        raise CandleError(f"Candles of {name} are empty. Download them, or choose other dates.")
    kinds = {column: frame[column].dtype for column in CANDLE_COLUMNS}
    if not isinstance(kinds["date"], pd.DatetimeTZDtype):
        raise CandleError(
            f"Dates of {name} are {kinds['date']}, not timestamps in UTC. Convert them with "
            "pandas.to_datetime(..., utc=True), or download the candles again."
        )
    text = [column for column in CANDLE_COLUMNS[1:] if not is_numeric_dtype(kinds[column])]
    if text:
        raise CandleError(
            f"Candles of {name} are no numbers in {', '.join(text)}. Download them again."
        )
    if frame["date"].isna().any():
        row = int(np.flatnonzero(frame["date"].isna())[0])
        raise CandleError(
            f"Dates of {name} are missing, first in row {row}. Delete the file, download it again."
        )
    steps = np.diff(nanoseconds(frame["date"]))
    for bad, what in ((steps == 0, "repeat"), (steps < 0, "go back")):
        if bad.any():
            row = int(np.flatnonzero(bad)[0]) + 1
            raise CandleError(
                f"Dates of {name} {what}: {int(bad.sum())} time(s), first at row {row} "
                f"({frame['date'].iloc[row]}). Dates must rise; delete the file, download it again."
            )
    columns = [frame[column].to_numpy(dtype=float) for column in CANDLE_COLUMNS[1:]]
    numbers = np.column_stack(columns)
    _refuse_rows(frame, ~np.isfinite(numbers.sum(axis=1)), name, "NaN or infinite values")
    if prices:
        _refuse_rows(frame, numbers[:, :4].min(axis=1) <= 0, name, "prices of zero or below")
        body_low, body_high = numbers[:, [0, 3]].min(axis=1), numbers[:, [0, 3]].max(axis=1)
        outside = (numbers[:, 2] > body_low) | (numbers[:, 1] < body_high)
        _refuse_rows(frame, outside, name, "an open or close outside low to high")
        _refuse_rows(frame, numbers[:, 4] < 0, name, "negative volume")


def _refuse_rows(frame: pd.DataFrame, bad: npt.NDArray[np.bool_], name: str, what: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise CandleError(
            f"Candles of {name} have {what} in {int(bad.sum())} row(s), first at "
            f"{frame['date'].iloc[row]}. Delete the file and download it again."
        )


def gaps(frame: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    """Places where candles are missing.

    Returns
    -------
    Frame with ``after`` (opening time of the last candle before the gap) and ``missing_candles``.
    """
    steps = frame["date"].diff().dt.total_seconds().fillna(0) / timeframe_seconds(timeframe)
    wide = steps > 1
    return pd.DataFrame(
        {
            "after": frame["date"].shift(1)[wide],
            "missing_candles": steps[wide].round().astype(int) - 1,
        }
    ).reset_index(drop=True)


def refuse_long_gaps(
    frame: pd.DataFrame, timeframe: str, name: str, longest_gap_hours: float
) -> None:
    """Refuse candles with a hole that no indicator should bridge.

    Freqtrade fills missing candles with flat ones of volume 0; those count as missing here, so the
    answer is the same before and after it has filled them.

    Raises
    ------
    CandleError
        If a run of missing candles lasts longer than ``longest_gap_hours``.
    """
    high, low = frame["high"].to_numpy(dtype=float), frame["low"].to_numpy(dtype=float)
    traded = frame["date"][(frame["volume"].to_numpy(dtype=float) > 0) | (high > low)]
    if np.diff(nanoseconds(traded)).max(initial=0) <= longest_gap_hours * 3600 * 1e9:
        return  # nearly always: what follows takes longer
    found = gaps(traded.reset_index(drop=True).to_frame(), timeframe)
    hours = found["missing_candles"] * timeframe_seconds(timeframe) / 3600
    if (hours > longest_gap_hours).any():
        row = int(np.argmax(hours.to_numpy()))
        raise CandleError(
            f"Candles of {name} miss {hours[row]:.0f} hours after {found['after'][row]}; up to "
            f"{longest_gap_hours:g} are allowed. Download them again, choose a range without the "
            "gap, or raise regimes.longest_gap_hours."
        )


def resample(frame: pd.DataFrame, timeframe: str, coarser: str) -> pd.DataFrame:
    """Coarser candles from finer ones, aligned to UTC; only closed candles are returned.

    A coarse candle counts as closed once the last fine candle inside it is there; one that began
    before the fine candles did is left out. See ``first_open_seconds`` for where they are aligned.

    Raises
    ------
    CandleError
        If the coarser timeframe is not a multiple of the finer one.
    """
    fine, coarse = timeframe_seconds(timeframe), timeframe_seconds(coarser)
    if coarse % fine:
        raise CandleError(f"{coarser} is not a multiple of {timeframe}: choose another.")
    origin = pd.Timestamp(first_open_seconds(coarser), unit="s", tz="UTC")
    opened = (frame["date"] - origin) // pd.Timedelta(seconds=coarse)
    grouped = frame.groupby(opened, sort=True)
    coarse_frame: pd.DataFrame = grouped.agg(
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        volume=("volume", "sum"),
        last=("date", "last"),
    )
    dates = origin + coarse_frame.index.to_numpy() * pd.Timedelta(seconds=coarse)
    coarse_frame.insert(0, "date", pd.DatetimeIndex(dates).as_unit("ms"))
    last_close = frame["date"].iloc[-1] + pd.Timedelta(seconds=fine)
    whole = coarse_frame["date"] >= frame["date"].iloc[0]
    whole &= coarse_frame["date"] + pd.Timedelta(seconds=coarse) <= last_close
    closed: pd.DataFrame = coarse_frame.loc[whole, list(CANDLE_COLUMNS)].reset_index(drop=True)
    return closed
