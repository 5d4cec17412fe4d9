"""Runs are remembered whatever happens, and counted where they used the same candles."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from freqai_regimes.evidence.run_log import (
    FILE,
    LoggedRun,
    candle_months,
    log_run,
    read_runs,
    trials,
)

DAYS = pd.date_range("2024-01-15", "2024-04-14", tz="UTC")
CLOSE = pd.Series(range(1, len(DAYS) + 1), DAYS, dtype=float)


def run(settings: str = "a", pairs: tuple[str, ...] = ("BTC/USDT",), **others: object) -> LoggedRun:
    months = candle_months(dict.fromkeys(pairs, CLOSE), "20240201-20240301")
    values = {"months": months, "result": {"sharpe_per_day": 0.1, "net": 0.2}} | others
    return LoggedRun(
        "backtest", "p", settings, timerange="20240201-20240301", pairs=pairs, **values
    )


def test_what_is_logged_is_read_again_with_its_time(tmp_path: Path) -> None:
    log_run(tmp_path / "new", run("a", arm="model off"))
    log_run(tmp_path / "new", run("b", time="2024-05-01T00:00:00+00:00", configurations=300))
    first, second = read_runs(tmp_path / "new").runs
    assert first.time and dataclasses.replace(first, time="") == run("a", arm="model off")
    assert second == run("b", time="2024-05-01T00:00:00+00:00", configurations=300)


def test_no_log_is_no_run(tmp_path: Path) -> None:
    assert read_runs(tmp_path).runs == ()


def test_a_line_that_a_kill_cut_off_is_skipped_and_named_and_the_next_one_is_whole(
    tmp_path: Path,
) -> None:
    log_run(tmp_path, run("a"))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + whole[:40])
    log_run(tmp_path, run("b"))
    log = read_runs(tmp_path)
    assert [each.settings for each in log.runs] == ["a", "b"]
    assert log.damaged == (2,)


def test_processes_that_log_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from freqai_regimes.evidence.run_log import *\n"
        "for n in range(20): log_run(Path(sys.argv[1]), LoggedRun('c', '', sys.argv[2] + str(n),"
        " (), '', ('x' * 5000,), {}))"
    )
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda name: subprocess.run(
                    [sys.executable, "-c", code, str(tmp_path), name], check=True, env=os.environ
                ),
                "ab",
            )
        )
    log = read_runs(tmp_path)
    assert (len(log.runs), log.damaged) == (40, ())


def test_months_are_the_same_for_other_candle_lengths_and_other_first_days() -> None:
    hours = pd.date_range(DAYS[0], DAYS[-1] + pd.Timedelta("23h"), freq="h")
    hourly = CLOSE.reindex(hours.floor("D")).set_axis(hours)
    both = candle_months({"BTC/USDT": CLOSE}, "20240201-20240302")
    assert [month.split()[1] for month in both] == ["2024-02", "2024-03"]
    assert candle_months({"BTC/USDT": hourly}, "20240228-20240315") == both
    assert len(candle_months({"BTC/USDT": CLOSE}, "-")) == 4


def test_another_close_makes_other_data_of_its_month_alone() -> None:
    other = CLOSE.where(pd.Timestamp("2024-02-10", tz="UTC") != DAYS, 1e9)
    before, after = (
        candle_months({"BTC/USDT": each}, "20240101-20240501") for each in (CLOSE, other)
    )
    changed = [old == new for old, new in zip(before, after, strict=True)]
    assert changed == [True, False, True, True]


@pytest.mark.parametrize(
    ("tried", "count"),
    [
        ([], 1),
        ([run("a"), run("a")], 1),
        ([run("a"), run("b"), run("c", pairs=("BTC/USDT", "ETH/USDT"))], 3),
        ([run("a"), run("a", pairs=("BTC/USDT", "ETH/USDT"))], 2),
        ([run("a"), run("h", configurations=250)], 251),
        ([run("a"), run("b", control=True)], 1),
        ([run("a"), run("b", months=("BTC/USDT 2023-01 00000000",))], 1),
        ([run("a"), run("h", configurations=9, months=("BTC/USDT 2024-02 *",))], 10),
    ],
)
def test_distinct_configurations_on_shared_candles_are_counted(
    tried: list[LoggedRun], count: int
) -> None:
    counted = trials(tried, run().months)
    assert counted.count == count
    assert str(count) in counted.reason
