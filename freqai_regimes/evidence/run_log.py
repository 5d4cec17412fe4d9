"""Every run that was tried, one line each in a file that is only added to: none is forgotten.

A Sharpe ratio is worth less the more settings were tried on the same candles before. Nobody
remembers how many, so the commands write it down. Only the user can delete the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FILE = "regimes_runs.jsonl"  # below the user directory
ANY = "*"  # instead of a digest: candles that could not be read


@dataclass(frozen=True)
class LoggedRun:
    """One configuration on some candles, and what came out.

    Attributes
    ----------
    command : that ran it, such as ``backtest`` or ``hyperopt``.
    preset : its name; empty where there is none.
    settings : short text that changes with whatever the result depends on but the candles.
    months : the candles it was tried on, see ``candle_months``.
    timerange : as freqtrade writes it.
    pairs : that were traded.
    result : numbers by name: ``net`` (fraction of the balance), ``sharpe_per_day``, ``days``,
        ``trades``, ``drawdown`` (fraction); others may be added.
    arm : which arm of a comparison, empty without one.
    configurations : how many were tried at once (the epochs of a hyperopt), at least 1.
    control : an arm that others are compared with, which nobody chose among tries: not counted.
    time : when, UTC, in ISO form; now if empty.
    """

    command: str
    preset: str
    settings: str
    months: tuple[str, ...]
    timerange: str
    pairs: tuple[str, ...]
    result: Mapping[str, float | None]
    arm: str = ""
    configurations: int = 1
    control: bool = False
    time: str = ""

    @property
    def data(self) -> str:
        """Short text that changes with any day's close of the months it was tried on."""
        return _digest("\n".join(self.months).encode())

    @property
    def configuration(self) -> tuple[str, tuple[str, ...]]:
        """What makes it another try: other settings, or other pairs."""
        return self.settings, tuple(sorted(self.pairs))


@dataclass(frozen=True)
class RunLog:
    """All logged runs, oldest first, and the numbers of lines (from 1) that cannot be read."""

    runs: tuple[LoggedRun, ...]
    damaged: tuple[int, ...] = ()


@dataclass(frozen=True)
class Trials:
    """How many configurations were tried on candles that these months share.

    Attributes
    ----------
    count : distinct configurations, at least 1 (the one that is asked about).
    sharpe_per_day : the ratio of each one that has it, of its last run.
    reason : one sentence.
    """

    count: int
    sharpe_per_day: tuple[float, ...]
    reason: str


def candle_months(closes: Mapping[str, pd.Series[float]], timerange: str) -> tuple[str, ...]:
    """Name the candles that a range touches: pair, calendar month, digest of its days' closes.

    Days, so that candles of another length count as the same market; whole months, so that another
    first day does not make new data of old ones.

    Parameters
    ----------
    closes : by pair, every stored close, indexed by the candle's opening time (UTC).
    timerange : ``YYYYMMDD-YYYYMMDD``; an empty side is open.

    >>> day = pd.date_range("2024-01-30", periods=4, tz="UTC")
    >>> candle_months({"BTC/USDT": pd.Series([1.0, 2, 3, 4], day)}, "20240131-20240201")
    ('BTC/USDT 2024-01 dc91ce9a',)
    """
    first, last = (pd.Timestamp(part, tz="UTC") if part else None for part in timerange.split("-"))
    months = []
    for pair, close in sorted(closes.items()):
        daily = close.groupby(pd.DatetimeIndex(close.index).floor("D")).last()
        days = pd.DatetimeIndex(daily.index)
        for month, own in daily.groupby(days.strftime("%Y-%m")):
            begins = pd.Timestamp(f"{month}-01", tz="UTC")
            before = last is not None and begins >= last
            if before or (first is not None and begins + pd.offsets.MonthBegin(1) <= first):
                continue
            content = np.ascontiguousarray(own.to_numpy(dtype=float)).tobytes()
            months.append(f"{pair} {month} {_digest(content)}")
    return tuple(months)


def log_run(userdir: Path, run: LoggedRun) -> None:
    """Add a run to the log of a user directory; it is on the disk when this returns."""
    run = run if run.time else replace(run, time=datetime.now(UTC).isoformat(timespec="seconds"))
    line = json.dumps(asdict(run) | {"data": run.data}, sort_keys=True, default=float) + "\n"
    userdir.mkdir(parents=True, exist_ok=True)
    handle = os.open(userdir / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"
        rest = line.encode() if whole else b"\n" + line.encode()  # after a kill in the middle
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def read_runs(userdir: Path) -> RunLog:
    """Every run that the log holds; lines that a kill cut off are left out and named."""
    path = userdir / FILE
    if not path.is_file():
        return RunLog(())
    runs, damaged = [], []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            runs.append(_read(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            damaged.append(number)
    return RunLog(tuple(runs), tuple(damaged))


def trials(runs: Iterable[LoggedRun], months: Iterable[str]) -> Trials:
    """Count the distinct configurations that were tried on any of these months.

    Two runs of the same settings and pairs are one. All are counted as if they were independent,
    which is the strict side.
    """
    wanted = set(months)
    tried: dict[tuple[str, tuple[str, ...]], int] = {}
    ratios: dict[tuple[str, tuple[str, ...]], float] = {}
    for run in runs:
        if run.control or not _overlap(wanted, set(run.months)):
            continue
        tried[run.configuration] = max(run.configurations, tried.get(run.configuration, 0))
        ratio = run.result.get("sharpe_per_day")
        if ratio is not None and np.isfinite(ratio):
            ratios[run.configuration] = float(ratio)
    count = max(sum(tried.values()), 1)
    word = "configuration was" if count == 1 else "configurations were"
    return Trials(
        count,
        tuple(ratios.values()),
        f"{count} {word} tried on these candles, by the log of runs ({FILE}).",
    )


def _overlap(first: set[str], second: set[str]) -> bool:
    """Whether any month is in both; candles that could not be read count as the same."""
    known, others = ({month.rsplit(" ", 1)[0] for month in each} for each in (first, second))
    unread = {month.rsplit(" ", 1)[0] for month in first | second if month.endswith(f" {ANY}")}
    return bool(first & second or known & others & unread)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:8]


def _read(line: dict[str, Any]) -> LoggedRun:
    line.pop("data", None)
    run = LoggedRun(
        **line | {"months": tuple(line["months"]), "pairs": tuple(line["pairs"])},
    )
    if run.configurations < 1:
        raise ValueError(run.configurations)
    return run
