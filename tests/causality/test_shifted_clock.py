"""The clock moves for our own code, by every name it has, and comes back."""

from __future__ import annotations

import datetime as module
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.causality.shifted_clock import shifted_clock

BY = timedelta(days=400, hours=7)

CLOCKS: dict[str, Callable[[], Any]] = {
    "datetime.now": lambda: datetime.now(),
    "datetime.now with a zone": lambda: datetime.now(UTC).replace(tzinfo=None),
    "datetime.today": lambda: datetime.today(),
    "by the module": lambda: module.datetime.now(),
    "time.time": lambda: datetime(1970, 1, 1) + timedelta(seconds=time.time()),
    "time.time_ns": lambda: datetime(1970, 1, 1) + timedelta(seconds=time.time_ns() / 1e9),
    "Timestamp.now": lambda: pd.Timestamp.now().to_pydatetime(),
    "Timestamp.today": lambda: pd.Timestamp.today().to_pydatetime(),
    "Timestamp.now with a zone": lambda: pd.Timestamp.now("UTC").tz_localize(None).to_pydatetime(),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_it_moves_and_comes_back(name: str) -> None:
    clock = CLOCKS[name]
    before = clock()
    with shifted_clock(BY):
        moved = clock() - before
    back = clock() - before
    assert timedelta(0) <= moved - BY < timedelta(minutes=1)
    assert timedelta(0) <= back < timedelta(minutes=1)


def test_days_move_too() -> None:
    before = date.today()
    with shifted_clock(BY):
        assert (date.today() - before).days in (400, 401)


def test_other_dates_stay_what_they_are() -> None:
    known = datetime(2024, 1, 2)
    with shifted_clock(BY):
        assert isinstance(known, datetime) and isinstance(known, date)
        assert issubclass(pd.Timestamp, datetime)
        assert datetime(2024, 1, 2) == known
        assert pd.Timestamp("2024-01-02") == known
    assert datetime is module.datetime


def test_it_comes_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), shifted_clock(BY):
        _ = 1 / 0
    assert datetime.now() - timedelta(seconds=time.time()) < datetime(1971, 1, 1)
