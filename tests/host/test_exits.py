"""Exits in freqtrade's own backtest, against stops that are reckoned here from closed candles."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import small_market
from tests.host.test_guards import RANGE, RESTLESS

TRAIL, RANGES, LONGEST, CANDLE = 0.02, 4.0, 40, pd.Timedelta(minutes=5)
LEAVING: dict[str, Any] = {
    "position_adjustment_enable": False,
    "stoploss": -0.2,
    "regimes": {
        "exposure": {"rebalance_band": 1.0},
        "exits": {"stop_atr": RANGES, "trailing": TRAIL, "maximum_candles": LONGEST},
    },
}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Backtested:
    folder = tmp_path_factory.mktemp("exits")
    market = small_market(folder / "market", seed=4, annual_volatility=2.0, signal_strength=0.0)
    return run(folder / "run", market, RESTLESS, LEAVING, timerange=RANGE, model=False)


def test_nothing_is_held_longer_than_told(left: Backtested) -> None:
    trades = left.trades[left.trades["exit_reason"] != "force_exit"]
    held = trades["close_date"] - trades["open_date"]
    assert (held <= LONGEST * CANDLE).all()
    timed = trades["exit_reason"] == "time"
    assert timed.any() and (held[timed] == LONGEST * CANDLE).all()


def stops(trade: dict[str, Any], candles: pd.DataFrame) -> list[float]:
    """The stop at the begin of the candle it was hit in, and the one before.

    Freqtrade's backtest does not move a stop in a candle whose low lies below it already.
    """
    before = candles[: trade["open_date"] - CANDLE]
    moved = before["close"].shift(1)
    span = pd.concat([before["high"], moved], axis=1).max(axis=1)
    span -= pd.concat([before["low"], moved], axis=1).min(axis=1)
    first = trade["open_rate"] * (1 - RANGES * span.tail(14).mean() / before["close"].iloc[-1])
    first = max(first, trade["open_rate"] * (1 - TRAIL))
    best = candles.loc[trade["open_date"] : trade["close_date"] - CANDLE, "high"].cummax()
    return [max(first, high * (1 - TRAIL)) for high in best.tail(2)[::-1]] + [first]


def test_stops_stand_where_closed_candles_put_them(left: Backtested) -> None:
    checked = crossed = 0
    for trade in left.trades.to_dict("records"):
        candles = left.record.pairs[trade["pair"]].set_index("date")
        if len(candles[: trade["open_date"]]) < 20:
            continue
        if trade["exit_reason"] in ("trailing_stop_loss", "stop_loss"):
            low = candles["low"][trade["close_date"]]
            near = [
                each for each in stops(trade, candles) if abs(trade["close_rate"] / each - 1) < 1e-4
            ]
            assert near and low <= near[0] * 1.0001, (trade, stops(trade, candles))
            checked += 1
        if trade["exit_reason"] == "trailing":
            last = candles["close"][trade["close_date"] - CANDLE]
            assert last <= stops(trade, candles)[0]
            assert trade["close_rate"] == candles["open"][trade["close_date"]]
            crossed += 1
    assert checked >= 5 and crossed >= 1
