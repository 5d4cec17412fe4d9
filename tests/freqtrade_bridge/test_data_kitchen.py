"""Our data kitchen merges to the bit as FreqAI's does, also where freqtrade fills strangely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from pandas.testing import assert_frame_equal

from freqai_regimes.freqtrade_bridge.data_kitchen import RegimeDataKitchen
from freqai_regimes.freqtrade_bridge.known_rows import known_rows
from tests.random_candles import random_candles

OPENED = pd.Timestamp("2024-01-01T00:00Z")


def candles(count: int, timeframe: str, first: str = "0min", seed: int = 1) -> pd.DataFrame:
    """Candles with three features, some of them NaN."""
    dates = pd.date_range(OPENED + pd.Timedelta(first), periods=count, freq=timeframe)
    frame = random_candles(count, seed=seed).assign(date=dates.as_unit("ms"))
    chance = np.random.default_rng(seed)
    for name in ("%-one", "%-two", "shown"):
        values = chance.normal(size=count)
        frame[name] = np.where(chance.uniform(size=count) < 0.2, np.nan, values)
    return frame


def kitchen(kind: type[FreqaiDataKitchen]) -> FreqaiDataKitchen:
    made = kind.__new__(kind)
    made.config = {"timeframe": "5min"}
    return made


def merged(kind: type[FreqaiDataKitchen], main: Any, other: Any, tf: str) -> pd.DataFrame:
    plain = main[["date", "open", "high", "low", "close", "volume"]]
    return kitchen(kind).merge_features(plain, other, "5m", tf, f"BTC/USDT_{tf}")


@pytest.mark.parametrize("first", ["0min", "-3h", "-65min", "2h", "30h", "-30h"])
@pytest.mark.parametrize("timeframe", ["5m", "1h"])
def test_it_merges_as_freqai_does(timeframe: str, first: str) -> None:
    main, other = candles(90, "5min", "35min"), candles(12, timeframe.replace("m", "min"), first)
    if timeframe == "5m":
        other = candles(90, "5min", "35min", seed=2)
    found, wanted = (
        merged(k, main, other, timeframe) for k in (RegimeDataKitchen, FreqaiDataKitchen)
    )
    assert_frame_equal(found, wanted, check_exact=True)


@pytest.mark.parametrize("lost", [[11], [23, 35], [0, 1, 2], list(range(89))])
def test_holes_in_the_candles(lost: list[int]) -> None:
    main, other = candles(90, "5min").drop(index=lost), candles(12, "1h", "-2h")
    found, wanted = (merged(k, main, other, "1h") for k in (RegimeDataKitchen, FreqaiDataKitchen))
    assert_frame_equal(found, wanted, check_exact=True)


def test_unusual_frames_are_left_to_freqai() -> None:
    main, other = candles(30, "5min"), candles(4, "1h", "-1h")
    for unusual in (
        other.assign(**{"%-count": 3}),
        other.iloc[::-1],
        other.assign(**{"%-word": "up"}),
        other.iloc[:0],
    ):
        found, wanted = (
            merged(k, main, unusual, "1h") for k in (RegimeDataKitchen, FreqaiDataKitchen)
        )
        assert_frame_equal(found, wanted, check_exact=True)


def test_no_row_is_known_before_it_has_closed() -> None:
    main, other = candles(30, "5min"), candles(4, "1h", "-1h")
    rows = known_rows(main["date"], other["date"], "5m", "1h")
    assert rows is not None
    closed = main["date"] + pd.Timedelta("5min")
    opened = other["date"].iloc[rows].reset_index(drop=True)
    assert (opened + pd.Timedelta("1h") <= closed).all()
    assert rows.tolist() == [0] * 11 + [1] * 12 + [2] * 7
    assert known_rows(other["date"], main["date"], "1h", "5m") is None
