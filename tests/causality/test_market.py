"""Cutting and changing candles: what is known at a moment, by hand; everything after it moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import check_candles, resample
from freqai_regimes.causality import BASE, Market, Source
from freqai_regimes.errors import CandleError
from tests.random_candles import random_candles

CANDLES = random_candles(60, seed=4)  # hourly from Monday 2024-01-01 00:00
DAYS = pd.DataFrame(
    {"date": pd.date_range("2024-01-01", periods=3, tz="UTC"), "value": [1.0, 0.0, -2.0]}
)
LAG = pd.Timedelta(hours=36)
MARKET = Market.of(CANDLES, "1h", coarser=["4h"], others={"index": Source(DAYS, LAG)})


@pytest.mark.parametrize(
    ("last", "coarse", "published"),
    [(0, 0, 0), (2, 0, 0), (3, 1, 0), (4, 1, 0), (7, 2, 0), (34, 8, 0), (35, 9, 1), (59, 15, 2)],
)
def test_a_cut_leaves_what_was_known_at_the_close(last: int, coarse: int, published: int) -> None:
    cut = MARKET.window(0, last).inputs()
    assert [len(cut[name]) for name in (BASE, "4h", "index")] == [last + 1, coarse, published]


def test_a_window_begins_where_its_first_candle_opens() -> None:
    part = MARKET.window(5, 20).inputs()
    assert part[BASE]["date"].iloc[0] == pd.Timestamp("2024-01-01 05:00", tz="UTC")
    assert list(part[BASE].index) == list(range(16))
    assert list(part["4h"]["date"].dt.hour) == [8, 12, 16]


def test_stored_coarse_candles_keep_their_longer_history() -> None:
    earlier = resample(random_candles(48, seed=9), "1h", "4h")
    earlier["date"] -= pd.Timedelta(days=2)
    stored = pd.concat([earlier, resample(CANDLES, "1h", "4h")], ignore_index=True)
    market = Market.of(CANDLES, "1h", coarser={"4h": stored})
    assert len(market.window(0, 2).inputs()["4h"]) == 12
    assert len(market.window(0, 3).inputs()["4h"]) == 13


@pytest.mark.parametrize("row", [0, 6, 35, 58])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_number_after_the_row_changes_and_none_before(row: int, seed: int) -> None:
    known = MARKET.window(0, row).inputs()
    changed = MARKET.changed_after(row, seed).inputs()
    for name, before in MARKET.inputs().items():
        first, after = len(known[name]), changed[name]
        assert len(after) == len(before)
        pd.testing.assert_frame_equal(after.iloc[:first], before.iloc[:first])
        assert after["date"].equals(before["date"])
        # A coarse candle that had begun keeps its open, and maybe its high or low.
        numbers = ["close", "volume"] if name == "4h" else before.columns.drop("date")
        for column in numbers:
            assert (after[column].iloc[first:] != before[column].iloc[first:]).all(), (name, column)
    check_candles(changed[BASE], "changed")
    check_candles(changed["4h"], "changed")


def test_coarse_candles_show_the_changed_base_candles() -> None:
    changed = MARKET.changed_after(17, seed=3).inputs()
    expected = resample(changed[BASE], "1h", "4h")
    pd.testing.assert_frame_equal(changed["4h"], expected, check_exact=False, rtol=1e-12)
    # The candle of 16:00 holds two known hours, and opens where it did.
    assert changed["4h"]["open"].iloc[4] == MARKET.inputs()["4h"]["open"].iloc[4]


def test_the_future_jumps_up_for_even_and_down_for_odd_seeds() -> None:
    close = CANDLES["close"].iloc[31]
    up, down = (MARKET.changed_after(30, seed).base["close"].iloc[31] for seed in (2, 3))
    assert up > 1.1 * close and down < 0.9 * close


def test_counts_and_yes_or_no_change_too_and_keep_their_type() -> None:
    extra = CANDLES.assign(trades=np.arange(60), open_now=np.arange(60) % 2 == 0)
    changed = Market.of(extra, "1h").changed_after(29, seed=1).base
    assert changed.dtypes.equals(extra.dtypes)
    assert (changed["trades"].iloc[30:] != extra["trades"].iloc[30:]).all()
    assert (changed["open_now"].iloc[30:] != extra["open_now"].iloc[30:]).all()


def test_frames_are_copies() -> None:
    spoilt = MARKET.inputs()[BASE]
    spoilt.loc[:, "close"] = 0.0
    pd.testing.assert_frame_equal(MARKET.inputs()[BASE], CANDLES)


def test_scaling_multiplies_prices_alone() -> None:
    scaled = MARKET.scaled(4.0).inputs()
    assert (scaled["4h"]["high"] == 4 * MARKET.inputs()["4h"]["high"]).all()
    assert scaled[BASE]["volume"].equals(CANDLES["volume"])
    assert scaled["index"].equals(DAYS)


def test_damaged_candles_are_refused() -> None:
    with pytest.raises(CandleError, match="zero or below"):
        Market.of(CANDLES.assign(low=-1.0), "1h")
