"""The digest of candles changes with any value, whatever its type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.window_log import candles_fingerprint


def frame() -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=6, freq="5min", tz="UTC")
    rising = np.arange(6.0)
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), rising)
    return pd.DataFrame({"date": dates, **columns, "note": list("abcdef"), "count": range(6)})


CHANGES: list[tuple[str, Any]] = [
    ("date", pd.Timestamp("2024-01-01 00:11", tz="UTC")),
    ("close", 2.0000000000000004),
    ("volume", float("nan")),
    ("note", "x"),
    ("count", 7),
]


@pytest.mark.parametrize(("column", "value"), CHANGES)
def test_it_changes_with_any_value(column: str, value: Any) -> None:
    changed = frame()
    changed.loc[2, column] = value
    assert candles_fingerprint([frame()]) == candles_fingerprint([frame()])
    assert candles_fingerprint([changed]) != candles_fingerprint([frame()])


def test_it_does_not_depend_on_the_unit_of_dates() -> None:
    other = frame()
    other["date"] = other["date"].dt.as_unit("ms")
    assert candles_fingerprint([other]) == candles_fingerprint([frame()])
