"""A bot's trades at the end of the compared days, and the models it used."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.evaluation.record import RunRecord
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult
from freqai_regimes.freqtrade_bridge.bot_database import BotTrades
from freqai_regimes.freqtrade_bridge.bot_history import BotHistory
from freqai_regimes.freqtrade_bridge.shadow_sides import Shadow, bot_side, fee_note, shadow_side
from freqai_regimes.model_life.version import Facts, Version
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.compare import compare
from freqai_regimes.parity.side import no_locks
from tests.parity.sides import BTC, CANDLES, HORIZON, START, STEP, TRAINED, at, candles, trade

PERIOD = (at(0), at(CANDLES))


def held(**changes: Any) -> dict[str, Any]:
    """A trade in the bot's database."""
    own = {"is_open": False, "realized_profit": 0.0, "funding_fees": 0.0, "orders": []}
    return trade(6, 12, **{**own, **changes})


def order(candle: int) -> dict[str, Any]:
    """The entry at candle 60, or an exit."""
    filled = int(at(candle).timestamp() * 1000)
    entry = candle == 60
    return {
        "amount": 1.0,
        "safe_price": 100.0,
        "ft_is_entry": entry,
        "order_filled_timestamp": filled,
    }


def known(*trades: dict[str, Any]) -> BotTrades:
    return BotTrades(pd.DataFrame(trades), no_locks(), 0, {}, None, pd.Series(dtype=float))


def shadow(*trades: dict[str, Any], **run: Any) -> Shadow:
    windows = [
        {
            "pair": BTC,
            "window": int(stop.timestamp()),
            "trained_from": str(stop - pd.Timedelta(days=1)),
            "trained_until": str(stop - HORIZON),
            "failed": None,
        }
        for stop in TRAINED
    ]
    record = RunRecord({BTC: candles(1)}, {"timeframe": "5m", "windows": windows, **run})
    frame = pd.DataFrame(trades) if trades else pd.DataFrame()
    return Shadow(record, BacktestResult(frame, {"locks": []}, None), PERIOD)


HISTORY = BotHistory({BTC: candles(1)}, ((at(-40), at(90)),))


def test_what_was_open_at_the_end_is_valued_as_the_backtest_leaves_it(tmp_path: Path) -> None:
    price = float(candles(1)["open"].iloc[-1])
    ended = {
        "exit_reason": "force_exit",
        "close_rate": price,
        "orders": [order(60), order(CANDLES)],
    }
    backtest = shadow(trade(60, CANDLES, **ended))
    still = held(
        open_date=at(60),
        close_date=pd.NaT,
        close_rate=np.nan,
        profit_abs=np.nan,
        exit_reason=None,
        is_open=True,
    )
    still["orders"] = [order(60)]
    later = held(open_date=at(60), close_date=at(CANDLES + 5), orders=[order(60), order(77)])
    for given in (still, later):
        live = bot_side(HISTORY, known(given), tmp_path, backtest)
        found = compare(live, shadow_side(backtest))
        assert found.differences == () and found.profits[0] == pytest.approx(found.profits[1])


def test_a_short_trade_and_what_was_taken_before(tmp_path: Path) -> None:
    price = float(candles(1)["open"].iloc[-1])
    given = held(
        is_short=True,
        is_open=True,
        close_date=pd.NaT,
        fee_close=np.nan,
        realized_profit=0.3,
        funding_fees=-0.1,
    )
    live = bot_side(HISTORY, known(given), tmp_path, shadow())
    expected = 0.3 - 0.1 + (100 - price) - 0.001 * (100 + price)
    assert live.trades["profit_abs"].tolist() == pytest.approx([expected])


def test_trades_from_before_or_after_the_days_do_not_count(tmp_path: Path) -> None:
    trades = known(held(open_date=at(-5)), held(), held(open_date=at(CANDLES)))
    live = bot_side(HISTORY, trades, tmp_path, shadow())
    assert live.trades["open_date"].tolist() == [at(6)]


def test_a_model_in_the_registry_that_began_elsewhere_is_told(tmp_path: Path) -> None:
    stop = TRAINED[2]
    facts = Facts(
        (BTC,), str(stop - pd.Timedelta(hours=23)), str(stop - HORIZON), "data", "features", "own"
    )
    version = Version(1, None, "now", facts, {}, 1, "digest")
    place = tmp_path / "BTC_USDT" / "000001"
    place.mkdir(parents=True)
    (place / "version.json").write_text(json.dumps(asdict(version)))
    (place.parent / "000002").mkdir()
    (place.parent / "000002" / "version.json").write_text("damaged")
    frame = candles(1)
    frame.loc[24, "prediction"] += 0.1
    live = bot_side(replace(HISTORY, candles={BTC: frame}), known(held()), tmp_path, shadow())
    found = compare(live, shadow_side(shadow(trade(6, 12, orders=[]))))
    assert {each.cause for each in found.differences} == {Cause.WINDOW_START}
    assert {each.kind for each in found.differences} == {"training", "prediction"}
    assert live.trainings["trained_to"].iloc[0] == START


def test_locks_that_the_end_of_the_backtest_made_do_not_count() -> None:
    told = [
        {
            "pair": BTC,
            "lock_time": f"{at(candle):%Y-%m-%d %H:%M:%S}",
            "lock_end_time": f"{at(candle + 3):%Y-%m-%d %H:%M:%S}",
            "reason": "Cooldown for 15 min",
        }
        for candle in (9, CANDLES)
    ]
    made = shadow()
    made.result.stats["locks"] = told
    assert shadow_side(made).locks["lock_time"].tolist() == [at(9)]


def test_fees_in_another_coin_are_said() -> None:
    assert fee_note({"BTC": 3, "USDT": 1}, ["BTC", "USDT"]) is None
    assert "BNB in 2 trades" in str(fee_note({"BNB": 2, "BTC": 1}, ["BTC", "USDT"]))


def test_steps_are_those_of_the_candles() -> None:
    assert shadow().label_length == HORIZON and at(1) - at(0) == STEP
