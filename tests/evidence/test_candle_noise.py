"""Noisy candles stay candles, and the noise has the size that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.candles import check_candles
from freqai_regimes.evidence.candle_noise import noisy_candles
from tests.evidence.test_candle_resampling import MARKET


def test_noise_is_a_share_of_the_usual_range() -> None:
    made = noisy_candles(MARKET, 0.1, seed=1)
    for pair, frame in made.items():
        check_candles(frame, pair)
        moved = np.log(frame["close"] / MARKET[pair]["close"])
        usual = np.log(MARKET[pair]["high"] / MARKET[pair]["low"]).rolling(100).mean()
        assert (moved / usual).std() == pytest.approx(0.1, rel=0.1)
        assert (frame["volume"] == MARKET[pair]["volume"]).all()
        assert frame["open"].to_numpy()[1:] == pytest.approx(
            frame["close"].to_numpy()[:-1], rel=1e-6
        )
    assert not np.array_equal(
        np.log(made["BTC/USDT"]["close"] / MARKET["BTC/USDT"]["close"]),
        np.log(made["ETH/USDT"]["close"] / MARKET["ETH/USDT"]["close"]),
    )


def test_no_noise_changes_nothing_and_a_seed_decides() -> None:
    same = noisy_candles(MARKET, 0.0, seed=1)["BTC/USDT"]
    assert same["close"].to_numpy() == pytest.approx(MARKET["BTC/USDT"]["close"].to_numpy())
    one, again, other = (noisy_candles(MARKET, 0.1, seed)["BTC/USDT"] for seed in (1, 1, 2))
    assert one.equals(again) and not one.equals(other)
    assert noisy_candles({"BTC/USDT": MARKET["BTC/USDT"]}, 0.1, 1)["BTC/USDT"].equals(one)
