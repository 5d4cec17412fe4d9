"""Returns of the account by day, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.evaluation.daily_returns import daily_returns


def returns(profits: dict[str, float], balance: float = 1000.0) -> list[float]:
    closed = pd.Series(pd.to_datetime(list(profits), utc=True))
    profit = pd.Series(list(profits.values()), dtype=float)
    first, last = (pd.Timestamp(f"2024-01-0{day} 12:00", tz="UTC") for day in (1, 4))
    return daily_returns(closed, profit, first, last, balance).tolist()


def test_each_day_on_what_it_began_with() -> None:
    got = returns({"2024-01-02 01:00": 60.0, "2024-01-02 23:59": 40.0, "2024-01-04 00:00": -55.0})
    assert got == pytest.approx([0.0, 0.1, 0.0, -0.05])


def test_no_trades_and_no_money() -> None:
    assert returns({}) == [0.0] * 4
    assert returns({"2024-01-01": -1000.0, "2024-01-02": 5.0}) == [-1.0, 0.0, 0.0, 0.0]
