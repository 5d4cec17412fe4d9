"""Extras of klines: as stored where they are stored, else told from the candle, never early."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.local_exchange.kline_extras import Extras, told_extras
from freqai_regimes.sources.kline_extras import write_extras

NOON, STEP = 1_741_089_600_000, 300_000  # 2025-03-04T12:00Z, five minutes


def test_the_same_candle_always_tells_the_same() -> None:
    first = told_extras(60_000, 10.0, 12.0, 9.0, 11.0, 5.0)
    assert first == told_extras(60_000, 10.0, 12.0, 9.0, 11.0, 5.0)
    assert first != told_extras(120_000, 10.0, 12.0, 9.0, 11.0, 5.0)


def test_takers_bought_some_of_what_was_traded_and_more_where_the_price_rose() -> None:
    rising, falling = (
        told_extras(60_000, opening, 12.0, 9.0, closing, 5.0)
        for opening, closing in ((9.5, 11.5), (11.5, 9.5))
    )
    for one in (rising, falling):
        assert 0 < one.taker_base_volume < 5 and one.trades >= 1
        assert 0 < one.taker_quote_volume < one.quote_volume
    assert rising.taker_base_volume > 2.5 > falling.taker_base_volume


def test_nothing_traded_nothing_told() -> None:
    assert told_extras(60_000, 10.0, 10.0, 10.0, 10.0, 0.0) == Extras(0, 0.0, 0.0, 0.0)


def test_stored_extras_are_served_once_their_candle_has_closed(
    small_datadir: Path, ask_at: Callable[[Path, str | int], Any], tmp_path: Path
) -> None:
    datadir = Path(shutil.copytree(small_datadir, tmp_path / "data"))
    dates = pd.to_datetime([NOON, NOON + STEP], unit="ms", utc=True)
    stored = pd.DataFrame({"date": dates, "trades": [41.0, 42.0]})
    stored[["quote_volume", "taker_base_volume", "taker_quote_volume"]] = [9.0, 0.5, 4.5]
    write_extras(stored, datadir, "BTC/USDT", "5m")
    get = ask_at(datadir, NOON + 450_000)  # the second of them is running
    asked = {"symbol": "BTCUSDT", "interval": "5m", "startTime": NOON - STEP}
    before, closed, running = get("/api/v3/klines", **asked)
    assert closed[7:11] == ["9.0", 41, "0.5", "4.5"]
    assert 42 not in running and before[8] > 0
