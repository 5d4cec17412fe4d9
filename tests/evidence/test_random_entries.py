"""Random entries: against a plain loop, foresight, luck, drift and pairs that move as one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import CandleError
from freqai_regimes.evidence import random_entries as module
from freqai_regimes.evidence.random_entries import random_entries
from tests.evidence.runs import candles, random_walk, trade

PAIR = "AAA/USDT"


def laid(frame: pd.DataFrame, starts: list[int], length: int, **more: object) -> pd.DataFrame:
    return pd.DataFrame([trade(frame, row, row + length, **more) for row in starts])  # type: ignore[arg-type]


def test_every_shift_earns_what_a_plain_loop_earns() -> None:
    frame = candles([100, 101, 99, 103, 104, 102, 105, 107])
    trades = pd.DataFrame([trade(frame, row, row + 1, short=row == 4) for row in (0, 2, 4, 5, 6)])
    (held,) = module._held(trades, {PAIR: frame})
    returns = (frame["open"].to_numpy()[1:] / frame["open"].to_numpy()[:-1] - 1).tolist()
    paid = sum(0.1 * (1 + t.close_rate / t.open_rate) for t in trades.itertuples())
    expected = []
    for shift in range(1, 7):
        sides = [(row, -1 if row == 4 else 1) for row in (0, 2, 4, 5, 6)]
        expected.append(sum(100 * s * returns[(row + shift) % 7] for row, s in sides) - paid)
    assert module._shifted([held], 100) == pytest.approx(expected)


def test_own_profit_is_that_of_the_trades() -> None:
    frame = random_walk(300, 1)
    trades = pd.concat([laid(frame, [5, 50, 90], 7), laid(frame, [120, 200], 9, short=True)])
    found = random_entries(trades, {PAIR: frame}, draws=50)
    assert found.profit == pytest.approx(trades["profit_abs"].sum())


def test_layouts_keep_lengths_and_never_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = random_walk(60, 2)
    trades = pd.DataFrame([trade(frame, row, row + row // 10 + 1) for row in (0, 10, 20, 30, 40)])
    (held,) = module._held(trades, {PAIR: frame})
    seen = []

    def kept(self: object, entry: np.ndarray, order: np.ndarray) -> np.ndarray:
        seen.append((entry, held.length[order]))
        return np.zeros(len(entry))

    monkeypatch.setattr(module._PairTrades, "profit", kept)
    module._scattered(held, 500, np.random.default_rng(0))
    entry, length = seen[0]
    assert (np.sort(length, axis=1) == [1, 2, 3, 4, 5]).all()
    assert (entry[:, 1:] > entry[:, :-1] + length[:, :-1]).all()
    assert entry.min() == 0
    assert (entry + length).max() == 59


def test_foresight_is_seen_and_luck_is_not() -> None:
    frame = random_walk(1000, 3)
    rises = np.flatnonzero(np.diff(frame["open"]) > 0)[::8]
    found = random_entries(laid(frame, [int(row) for row in rises], 1), {PAIR: frame}, draws=500)
    assert found.p_value < 0.01
    assert found.p_value == max(found.p_scattered, found.p_shifted)
    values = []
    for seed in range(40):
        market = random_walk(400, seed)
        starts = [
            int(row) for row in np.random.default_rng(seed).integers(0, 18, 20) + np.arange(20) * 19
        ]
        lucky = random_entries(laid(market, starts, 1), {PAIR: market}, draws=200)
        values.append((lucky.p_scattered, lucky.p_shifted))
    assert np.mean(values, axis=0) == pytest.approx([0.5, 0.5], abs=0.1)
    assert (np.array(values) <= 0.05).mean(axis=0).max() <= 0.12


def test_a_rising_market_is_no_timing() -> None:
    frame = random_walk(1000, 4, drift=0.003)
    found = random_entries(laid(frame, list(range(0, 900, 30)), 10), {PAIR: frame}, draws=500)
    assert found.profit > 0
    assert found.scattered_mean == pytest.approx(found.profit, rel=0.35)
    assert found.p_value > 0.05


def test_pairs_that_are_one_market_count_as_one_when_shifted() -> None:
    tails = []
    for seed in range(20):
        market = random_walk(400, 100 + seed)
        frames = {f"{name}/USDT": market for name in "ABCDEF"}
        starts = [
            int(r) for r in np.random.default_rng(seed).integers(0, 30, 12) + np.arange(12) * 31
        ]
        trades = pd.concat([laid(market, starts, 5, pair=pair) for pair in frames])
        found = random_entries(trades, frames, draws=200)
        tails.append(
            (
                min(found.p_scattered, 1 - found.p_scattered),
                min(found.p_shifted, 1 - found.p_shifted),
            )
        )
    scattered, shifted = (np.array(tails) < 0.05).mean(axis=0)
    assert scattered > 0.3  # luck in lumps looks like skill to the scattered null
    assert shifted < 0.25


def test_the_same_seed_gives_the_same_answer() -> None:
    frame = random_walk(200, 6)
    trades = laid(frame, [3, 30, 60, 90, 120], 5)
    found = [random_entries(trades, {PAIR: frame}, seed=seed).p_scattered for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_too_few_trades_and_foreign_candles_are_told() -> None:
    frame = random_walk(50, 7)
    few = random_entries(laid(frame, [3], 5), {PAIR: frame})
    assert math.isnan(few.p_value)
    assert "1 trades; 5 are needed" in few.reason
    trades = laid(frame, [3, 10, 20, 30, 40], 5)
    with pytest.raises(CandleError, match=f"No candles of {PAIR}"):
        random_entries(trades, {})
    with pytest.raises(CandleError, match="lie outside its 20 candles"):
        random_entries(trades, {PAIR: frame.iloc[:20]})
