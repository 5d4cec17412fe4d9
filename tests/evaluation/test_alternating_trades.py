"""The alternating rule: every stored vector without costs, a plain loop with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import CandleError
from freqai_regimes.evaluation.alternating_trades import (
    Market,
    Performance,
    Rows,
    pooled,
    trades_of,
    transactions,
)
from tests.reference_vectors import deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]


def directions(market: Market, rows: Rows, cost: float, days: float) -> dict[str, Performance]:
    return pooled([rows], [trades_of(market, rows, cost)], days)


def stored(reference: Path, name: str) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    scores = pd.read_feather(reference / f"signals/scores_{name}.feather")
    candles = pd.read_feather(reference / f"inputs/{name}.feather")
    results = json.loads((reference / f"simulate/simulate_{name}.json").read_text())["results"]
    return candles.assign(trade_score=scores["up_a"] - scores["down_a"]), results


@pytest.mark.parametrize("name", INPUTS)
def test_every_vector_of_the_peer(name: str, reference: Path) -> None:
    candles, results = stored(reference, name)
    assert "available for comparison" in deviation(reference, "fill_not_at_signal_close")
    assert "no fees" in deviation(reference, "fees_and_open_position")
    market = Market.of(candles, "trade_score", at_close=True)
    assert len(results) == 8
    for expected in results:
        thresholds = expected["buy_signal_threshold"], expected["sell_signal_threshold"]
        rows = transactions(market, *thresholds)
        sides = ["sell" if place % 2 else "buy" for place in range(len(rows))]
        assert [list(pair) for pair in zip(rows.tolist(), sides, strict=True)] == (
            expected["transactions"]
        )
        assert bool(len(rows) % 2) == expected["open_position_at_end"]
        for direction, got in directions(market, rows, 0.0, market.days).items():
            peer = expected[direction]
            assert got.transactions == peer["transaction_no"]
            assert got.profit == pytest.approx(peer["profit"], rel=1e-9, abs=1e-6)
            assert 100 * got.total_return == pytest.approx(peer["profit_percent"], abs=1e-9)
            assert got.profitable == pytest.approx(peer["profitable"])
            if direction == "both":
                each = got.profit / got.transactions
                assert each == pytest.approx(peer["profit_per_transaction"], abs=1e-9)
                # The peer divides twice by the count there.
                twice = 100 * got.profitable / got.transactions
                assert twice == pytest.approx(peer["profitable_percent"])


def random_market(rows: int, at_close: bool) -> Market:
    rng = np.random.default_rng(8)
    close = 100 * np.exp(rng.normal(0, 0.01, rows).cumsum())
    score = np.round(rng.uniform(-1, 1, rows), 1)
    score[rng.random(rows) < 0.1] = np.nan
    dates = pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC")
    frame = pd.DataFrame({"date": dates, "open": close * 1.001, "close": close, "s": score})
    return Market.of(frame, "s", at_close)


def by_loop(market: Market, buy: float, sell: float, cost: float) -> list[tuple[str, int, float]]:
    """Direction, row and return of each trade, one candle after the other."""
    found: list[tuple[str, int, float]] = []
    inside, price = False, None
    for row, score in enumerate(market.score):
        if np.isnan(market.fill[row]):
            continue
        if not inside and score >= buy:
            paid = market.fill[row] * (1 + cost)
            if price is not None:
                found.append(("short", row, 1 - paid / price))
            inside, price = True, paid
        elif inside and score <= sell:
            got = market.fill[row] * (1 - cost)
            assert price is not None
            found.append(("long", row, got / price - 1))
            inside, price = False, got
    return found


@pytest.mark.parametrize("thresholds", [(0.5, -0.5), (0.0, 0.0), (0.2, -0.9), (-0.3, 0.3)])
@pytest.mark.parametrize("at_close", [True, False])
def test_against_a_plain_loop_with_costs(thresholds: tuple[float, float], at_close: bool) -> None:
    market = random_market(2000, at_close)
    rows = transactions(market, *thresholds)
    long, short = trades_of(market, rows, 0.002)
    expected = by_loop(market, *thresholds, 0.002)
    assert len(expected) > 50
    for direction, part in (("long", long), ("short", short)):
        own = [(row, change) for side, row, change in expected if side == direction]
        assert part.rows.tolist() == [row for row, _ in own]
        np.testing.assert_allclose(part.returns, [change for _, change in own], atol=1e-12)


def test_costs_are_paid_on_both_sides() -> None:
    dates = pd.date_range("2024-01-01", periods=3, freq="D", tz="UTC")
    frame = pd.DataFrame({"date": dates, "close": [100.0, 110.0, 99.0], "s": [1.0, -1.0, 0.0]})
    market = Market.of(frame, "s", at_close=True)
    rows = transactions(market, 0.5, -0.5)
    free, paid = (directions(market, rows, cost, 3) for cost in (0.0, 0.01))
    assert free["long"].total_return == pytest.approx(0.1)
    assert free["short"].open_return == pytest.approx(0.1)
    assert paid["long"].total_return == pytest.approx(110 * 0.99 / (100 * 1.01) - 1)
    assert paid["short"].open_return == pytest.approx(1 - 99 * 1.01 / (110 * 0.99))
    assert free["both"].monthly_return == pytest.approx(0.1 / (3 * 12 / 365))


def test_nothing_is_traded_by_a_score_that_says_nothing() -> None:
    dates = pd.date_range("2024-01-01", periods=3, freq="D", tz="UTC")
    frame = pd.DataFrame({"date": dates, "close": 1.0, "s": np.nan})
    market = Market.of(frame, "s", at_close=True)
    rows = transactions(market, 0.0, 0.0)
    assert rows.size == 0
    both = directions(market, rows, 0.0, 3)["both"]
    assert (both.transactions, both.total_return, both.profitable) == (0, 0.0, 0.0)


def test_candles_that_cannot_be_simulated() -> None:
    frame = pd.DataFrame({"date": pd.to_datetime(["2024-01-01"], utc=True), "close": [1.0]})
    with pytest.raises(CandleError, match="lack s, open; they have date, close"):
        Market.of(frame, "s")
    with pytest.raises(CandleError, match="needs two"):
        Market.of(frame.assign(s=0.0), "s", at_close=True)
