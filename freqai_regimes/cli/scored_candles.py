"""Candles with a score, from the record of a run or from a file, for ``simulate``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from freqai_regimes.candles import check_candles
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evaluation.threshold_grid import steps
from freqai_regimes.risk.costs import CostSettings
from freqai_regimes.settings import nearest

SCORES = ("trade_score", "score")
PARTS = "thresholds: from:to:count, or numbers with commas"
MOST_THRESHOLDS = 1000
_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".feather": pd.read_feather,
    ".parquet": pd.read_parquet,
    ".csv": pd.read_csv,
}


@dataclass(frozen=True)
class Scored:
    """Candles of each pair, the column that is traded by, and the cost of a side."""

    frames: dict[str, pd.DataFrame]
    score: str
    cost: float


def read_scored(path: Path, pairs: Sequence[str] | None, score: str | None) -> Scored:
    """Read a run's folder (or its record's), or one file of candles.

    Raises
    ------
    SettingsError
        For a pair or a score that is not there, naming the nearest that is.
    CandleError
        If the file cannot be read, or its candles are damaged.
    """
    cost = CostSettings().model_dump()
    if path.is_dir():
        record = read_record(path / "record" if (path / "record").is_dir() else path)
        cost |= (record.run.get("settings") or {}).get("costs") or {}
        frames = record.pairs
        for pair in pairs or ():
            if pair not in frames:
                raise SettingsError(f"No {pair} in {path}; {nearest(pair, frames)}")
        frames = {pair: frames[pair] for pair in pairs or frames}
    else:
        frames = {path.name: _read_file(path)}
    first = next(iter(frames.values()))
    return Scored(frames, _score(first, score), float(cost["fee"]) + float(cost["slippage"]))


def between(
    scored: Scored, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> list[pd.DataFrame]:
    """Rows that opened from ``start`` to before ``end``, of each pair.

    Raises
    ------
    CandleError
        If fewer than two are left of a pair.
    """
    found = []
    for pair, frame in scored.frames.items():
        dates = frame["date"]
        kept = pd.Series(True, index=frame.index)
        if start is not None:
            kept &= dates >= start
        if end is not None:
            kept &= dates < end
        if kept.sum() < 2:
            raise CandleError(
                f"{pair} has {kept.sum()} candle(s) between {start or 'its first'} and "
                f"{end or 'its last'}; it spans {dates.iloc[0]} to {dates.iloc[-1]}."
            )
        found.append(frame[kept].reset_index(drop=True))
    return found


def thresholds_of(text: str, option: str) -> list[float]:
    """Read thresholds as written on the command line.

    >>> thresholds_of("0.1:0.3:3", "--buy"), thresholds_of("-0.2,0", "--sell")
    ([0.1, 0.2, 0.3], [-0.2, 0.0])

    Raises
    ------
    SettingsError
        If that is neither form, or too many.
    """
    try:
        if match := re.fullmatch(r"([^:,]+):([^:,]+):(\d+)", text):
            values = list(map(float, steps(float(match[1]), float(match[2]), int(match[3]))))
        else:
            values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{option} is {text!r}: give {PARTS}.") from error
    if not values or len(values) > MOST_THRESHOLDS or not np.isfinite(values).all():
        raise SettingsError(
            f"{option} gives {len(values)} thresholds: 1 to {MOST_THRESHOLDS} finite ones, please."
        )
    return values


def utc(text: str | None, option: str) -> pd.Timestamp | None:
    """Read a day or a time, UTC.

    Raises
    ------
    SettingsError
        If it is none.
    """
    if text is None:
        return None
    try:
        time = pd.Timestamp(text)
    except ValueError as error:
        raise SettingsError(f"{option} is {text!r}: give a day such as 2024-01-31.") from error
    return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")


def _read_file(path: Path) -> pd.DataFrame:
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise SettingsError(f"{path} is no folder of a run and none of {', '.join(_READERS)}.")
    try:
        frame = reader(path)
        frame["date"] = pd.to_datetime(frame["date"], utc=True)
        close = frame["close"]
    except KeyError as error:
        raise CandleError(f"{path} has no column {error}: date, close and a score.") from error
    except (OSError, ValueError) as error:
        raise CandleError(f"{path} cannot be read ({str(error).splitlines()[0]}).") from error
    opened = frame.get("open", close)
    both = pd.concat([opened, close], axis=1)
    whole = frame.assign(open=opened)
    for name, values in (("high", both.max(axis=1)), ("low", both.min(axis=1)), ("volume", 0.0)):
        if name not in frame:
            whole[name] = values
    check_candles(whole, str(path))
    return frame


def _score(frame: pd.DataFrame, wanted: str | None) -> str:
    numbers = [str(name) for name in frame.select_dtypes("number")]
    for name in (wanted,) if wanted else SCORES:
        if name in numbers:
            return name
    name = wanted or SCORES[0]
    raise SettingsError(
        f"No column {name!r} to trade by: name one with --score; {nearest(name, numbers)}"
    )
