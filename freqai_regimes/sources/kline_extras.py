"""What Binance's klines hold beyond candles, as a side table next to freqtrade's candles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.candles import candle_path, timeframe_seconds
from freqai_regimes.errors import CandleError

#: A folder of its own: freqtrade reads every file beside its candles by name and would stumble.
FOLDER = "kline_extras"
EXTRAS = ("trades", "quote_volume", "taker_base_volume", "taker_quote_volume")
#: Columns of a kline, in Binance's order; the last one means nothing.
KLINE_COLUMNS = (
    *("opened", "open", "high", "low", "close", "volume", "closed"),
    *("quote_volume", "trades", "taker_base_volume", "taker_quote_volume", "ignore"),
)
_MICROSECONDS = 10**14  # in milliseconds such a number would be in the year 5138
_ROUNDING = 1e-6  # relative; volumes are rounded one by one


def extras_path(datadir: Path, pair: str, timeframe: str) -> Path:
    """Where the side table of a pair lies.

    >>> extras_path(Path("data"), "BTC/USDT", "5m").as_posix()
    'data/kline_extras/BTC_USDT-5m.feather'
    """
    return candle_path(datadir / FOLDER, pair, timeframe)


def read_extras(datadir: Path, pair: str, timeframe: str) -> pd.DataFrame:
    """The stored side table: ``date`` (opening time, UTC) and ``EXTRAS``, floats, dates rising.

    Raises
    ------
    CandleError
        If there is none, or it cannot be read; the text names the command that fetches it.
    """
    path = extras_path(datadir, pair, timeframe)
    if not path.is_file():
        raise CandleError(
            f"No kline extras of {pair} {timeframe}: {path} does not exist. Fetch them with "
            f"freqai-regimes kline-extras --datadir {datadir} --pairs {pair}, or leave the source "
            "kline_extras out."
        )
    try:
        frame = pd.read_feather(path, columns=["date", *EXTRAS])
    except (OSError, ValueError) as error:
        words = " ".join(str(error).split())
        raise CandleError(
            f"{path} cannot be read ({words}). Delete it, and fetch it again with freqai-regimes "
            "kline-extras."
        ) from error
    return frame.assign(date=frame["date"].dt.as_unit("ns"))


def write_extras(extras: pd.DataFrame, datadir: Path, pair: str, timeframe: str) -> Path:
    """Store a side table, whole or not at all, together with the rows that are there already.

    Of two rows of one candle the new one counts.
    """
    path = extras_path(datadir, pair, timeframe)
    if path.is_file():
        extras = merged(read_extras(datadir, pair, timeframe), extras)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    extras[["date", *EXTRAS]].reset_index(drop=True).to_feather(partial, compression="lz4")
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    return path


def merged(older: pd.DataFrame, newer: pd.DataFrame) -> pd.DataFrame:
    """Rows of two side tables, by date; of two of one candle the newer table's."""
    if older.empty or newer.empty:
        return newer if older.empty else older
    both = pd.concat([older, newer], ignore_index=True)
    both = both.drop_duplicates("date", keep="last").sort_values("date")
    return both.reset_index(drop=True)


def extras_of_rows(rows: Sequence[Sequence[Any]], timeframe: str, name: str) -> pd.DataFrame:
    """Turn klines as Binance gives them into a side table.

    Parameters
    ----------
    rows : 12 values each, numbers or text, in the order of ``KLINE_COLUMNS``; times in milliseconds
        or microseconds.
    timeframe : of the klines.
    name : what to call them in an error.

    Returns
    -------
    ``date`` and ``EXTRAS``, one row a candle, dates rising, index 0..n-1. A row is known once its
    candle has closed.

    Raises
    ------
    CandleError
        For rows of another length, text that is no number, times off the raster of the timeframe,
        numbers that cannot be (negative, not finite, takers that bought more than was traded).
    """
    wrong = next((n for n, row in enumerate(rows) if len(row) < len(KLINE_COLUMNS) - 1), None)
    if wrong is not None:
        raise CandleError(
            f"Row {wrong} of {name} has {len(rows[wrong])} values, a kline has "
            f"{len(KLINE_COLUMNS)}: give klines as data.binance.vision has them."
        )
    try:
        plain = np.array([list(row[:11]) for row in rows], dtype=float).reshape(-1, 11)
    except (TypeError, ValueError) as error:
        raise CandleError(f"{name} holds something else than numbers ({error}).") from error
    frame = pd.DataFrame(plain, columns=list(KLINE_COLUMNS[:11]))
    _check_numbers(frame, name)
    opened = frame["opened"].to_numpy()
    micro = opened >= _MICROSECONDS
    milliseconds = np.where(micro, opened / 1000, opened).astype(np.int64)
    if (milliseconds % (timeframe_seconds(timeframe) * 1000)).any() and timeframe[-1] != "w":
        raise CandleError(f"Times of {name} are not those of {timeframe} candles.")
    extras = frame[list(EXTRAS)]
    extras.insert(0, "date", pd.to_datetime(milliseconds, unit="ms", utc=True).as_unit("ns"))
    rising = extras.drop_duplicates("date", keep="last").sort_values("date")
    return rising.reset_index(drop=True)


def _check_numbers(frame: pd.DataFrame, name: str) -> None:
    numbers = frame[["opened", "volume", *EXTRAS]].to_numpy()
    limit = 1 + _ROUNDING
    impossible = {
        "numbers that are missing or not finite": ~np.isfinite(numbers).all(axis=1),
        "negative numbers": (numbers < 0).any(axis=1),
        "takers that bought more than was traded": (
            (frame["taker_base_volume"] > frame["volume"] * limit)
            | (frame["taker_quote_volume"] > frame["quote_volume"] * limit)
        ).to_numpy(),
    }
    for what, bad in impossible.items():
        if bad.any():
            raise CandleError(
                f"{name} has {what} in {int(bad.sum())} row(s), first in row "
                f"{int(np.flatnonzero(bad)[0])}: fetch it again."
            )
