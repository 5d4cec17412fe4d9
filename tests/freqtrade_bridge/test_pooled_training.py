"""One name for the same feature of every pair, and the rows that a window may know."""

from __future__ import annotations

from typing import Any

import pandas as pd

from freqai_regimes.freqtrade_bridge.pooled_training import Pools, RowsInTime, members, together
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows
from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import TrainingSpan

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
CONFIG: dict[str, Any] = {
    "exchange": {"pair_whitelist": [ETH, BTC]},
    "freqai": {"feature_parameters": {"include_corr_pairlist": [ETH]}},
}
POOLED = WindowSettings(pool="all")


def test_pairs_are_pooled_by_name_or_stay_alone() -> None:
    assert Pools(CONFIG, POOLED).of(ETH) == (BTC, ETH)
    assert Pools(CONFIG, WindowSettings(pool="pair")).of(ETH) == (ETH,)
    assert Pools(CONFIG, POOLED).of("SOL/USDT:USDT") == ("SOL/USDT:USDT",)  # off the whitelist


def test_features_of_all_pairs_have_the_same_names() -> None:
    """FreqAI spells pairs without colon; the other pair's features stay under its name."""
    pools = Pools(CONFIG, POOLED)
    btc = {"%-a_BTC/USDTUSDT_5m": [1.0], "%-regime": [0.0], "%-a_ETH/USDTUSDT_5m": [2.0]}
    eth = {"%-a_ETH/USDTUSDT_5m": [2.0], "%-regime": [1.0], "%%-b_ETH/USDTUSDT_5m": [3.0]}
    assert pools.renamed(pd.DataFrame(btc), BTC).iloc[0].to_dict() == {
        "%-a_5m": 1.0,
        "%-regime": 0.0,
        "%-a_ETH/USDTUSDT_5m": 2.0,
    }
    assert pools.renamed(pd.DataFrame(eth), ETH).iloc[0].to_dict() == {
        "%-a_5m": 2.0,
        "%-regime": 1.0,
        "%%-b_5m": 3.0,
        "%-a_ETH/USDTUSDT_5m": 2.0,
    }
    alone = Pools(CONFIG, WindowSettings(pool="pair"))
    assert list(alone.renamed(pd.DataFrame(btc), BTC)) == list(btc)


def rows(pair: str, first: str, known_after_candles: list[int]) -> TrainingRows:
    """One feature, the row's number; each label known so many 5m candles later."""
    count = len(known_after_candles)
    date = pd.Series(pd.date_range(first, periods=count, freq="5min", tz="UTC"))
    known_at = date + pd.to_timedelta([5 * later for later in known_after_candles], unit="min")
    workings = pd.DataFrame({"date": date, "known_at": known_at, "pair": pair})
    numbers = pd.Series(range(count), dtype=float)
    return TrainingRows(numbers.to_frame("%-row"), numbers, workings)


def test_a_window_has_the_rows_whose_labels_were_known_by_its_end() -> None:
    ten = int(pd.Timestamp("2024-01-01 10:00", tz="UTC").timestamp())
    # Rows open at 9:40, 9:45 ... 10:05; a label known at the candle of 9:55 is known at 10:00.
    known = RowsInTime(rows(BTC, "2024-01-01 09:40", [1, 2, 2, 1, 0, 0]))
    found = known.window(TrainingSpan(0, ten), ten)
    assert found.features["%-row"].tolist() == [0, 1]
    later = TrainingSpan(ten - 900, ten)
    known = RowsInTime(rows(BTC, "2024-01-01 09:40", [0, 9, 0, 0, 0, 0]))
    found = known.window(later, ten)
    assert found.label.tolist() == [2, 3]


def test_rows_of_all_pairs_come_in_time_order_and_are_counted() -> None:
    parts = {
        ETH: rows(ETH, "2024-01-01 09:45", [0, 0]),
        BTC: rows(BTC, "2024-01-01 09:40", [0, 0, 0]),
    }
    pooled = together(parts)
    assert pooled.workings["date"].is_monotonic_increasing
    assert pooled.workings["pair"].tolist() == [BTC, BTC, ETH, BTC, ETH]
    counted = members(pooled, (BTC, ETH, "SOL", "XRP"), {"XRP": "no candles"})
    assert counted.rows == {BTC: 3, ETH: 2}
    assert counted.left_out == {"SOL": "too little history", "XRP": "no candles"}
