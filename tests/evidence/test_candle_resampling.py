"""Resampled candles stay candles, keep pairs together, and lose only what blocks cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import check_candles
from freqai_regimes.errors import CandleError
from freqai_regimes.evidence.candle_resampling import resampled_candles
from freqai_regimes.synthetic_market import MarketSpec, simulate

SPEC = MarketSpec(pairs=("BTC/USDT", "ETH/USDT"), timeframe="4h", timeframes=("4h",), days=200)
MARKET = {pair: path.candles for pair, path in simulate(SPEC).items()}


def ratios(frame: pd.DataFrame) -> np.ndarray:
    """What a candle is in relation to itself: high, low and close over open, and volume."""
    prices = frame[["high", "low", "close"]].div(frame["open"], axis=0)
    return np.column_stack([prices, frame["volume"]])


def test_every_candle_is_one_of_the_market_at_its_hour_the_same_day_for_all_pairs() -> None:
    made = resampled_candles(MARKET, "4h", 10, seed=3)
    days = {}
    for pair, frame in made.items():
        check_candles(frame, pair)
        assert frame["date"].tolist() == MARKET[pair]["date"].tolist()
        known, got = ratios(MARKET[pair]), ratios(frame)
        rows = [int(np.abs(known - one).sum(axis=1).argmin()) for one in got]
        assert got == pytest.approx(known[rows], rel=1e-9)
        assert all(row % 6 == place % 6 for place, row in enumerate(rows))
        days[pair] = [row // 6 for row in rows]
    assert days["BTC/USDT"] == days["ETH/USDT"]
    follows = np.diff(days["BTC/USDT"][::6]) % 200 == 1
    assert follows.mean() == pytest.approx(0.9, abs=0.07)
    opens = made["BTC/USDT"]["open"].to_numpy()[1:]
    assert opens == pytest.approx(made["BTC/USDT"]["close"].to_numpy()[:-1], rel=1e-6)


def test_seeds_decide_alone() -> None:
    one, again, other = (resampled_candles(MARKET, "4h", 10, seed) for seed in (1, 1, 2))
    assert one["BTC/USDT"].equals(again["BTC/USDT"])
    assert not one["BTC/USDT"].equals(other["BTC/USDT"])


def test_gaps_move_with_their_day_and_only_the_common_stretch_is_used() -> None:
    short = {
        "BTC/USDT": MARKET["BTC/USDT"].drop(index=[100, 101]).reset_index(drop=True),
        "ETH/USDT": MARKET["ETH/USDT"].iloc[60:],
    }
    made = resampled_candles(short, "4h", 5, seed=1)
    assert len(made["ETH/USDT"]) == 190 * 6
    lost = 190 * 6 - len(made["BTC/USDT"])
    assert lost % 2 == 0
    assert made["BTC/USDT"]["date"].iloc[0] >= short["ETH/USDT"]["date"].iloc[0]
    with pytest.raises(CandleError, match="two days are needed"):
        resampled_candles({"A": MARKET["BTC/USDT"].iloc[:6]}, "4h", 5, seed=1)
