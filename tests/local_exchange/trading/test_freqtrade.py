"""The real freqtrade in live mode: entry, stop on exchange, its trigger, and books that agree."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import time_machine
from freqtrade.enums import CandleType, RunMode
from freqtrade.resolvers import ExchangeResolver

from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.trading.signature import Key

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")
START = pd.Timestamp("2025-03-05T12:00:02", tz="UTC")


def live(url: str, futures: bool) -> tuple[Any, dict[str, Any]]:
    overlay = exchange_overlay(url, futures=futures, key=Key())
    pair = "BTC/USDT:USDT" if futures else "BTC/USDT"
    pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    orders = {
        **{"entry": "limit", "exit": "limit", "stoploss_on_exchange": True},
        "stoploss": "market" if futures else "limit",
    }
    config = {
        **{"dry_run": False, "stake_currency": "USDT", "stake_amount": 100, "timeframe": "5m"},
        **{"entry_pricing": pricing, "exit_pricing": pricing, "order_types": orders},
        **{"pairlists": [{"method": "StaticPairList"}], "runmode": RunMode.LIVE},
        **{"candle_type_def": CandleType("futures" if futures else "spot")},
        **overlay,
        "exchange": {**overlay["exchange"], "pair_whitelist": [pair], "pair_blacklist": []},
    }
    exchange = ExchangeResolver.load_exchange(config, validate=True, load_leverage_tiers=True)
    return exchange, orders


@pytest.mark.parametrize("futures", [False, True], ids=["spot", "futures"])
def test_an_entry_and_the_stop_that_ends_it(
    small_datadir: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    futures: bool,
) -> None:
    logger = logging.getLogger("freqai_regimes.local_exchange.server")
    caplog.set_level("INFO", logger.name)
    # A freqtrade that ran in this process before may have configured logging its own way.
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    pair = "BTC/USDT:USDT" if futures else "BTC/USDT"
    trading = TradingOptions(events=tmp_path / "events.jsonl")
    with (
        LocalExchange(
            small_datadir, clock="set", start=START.isoformat(), trading=trading
        ) as server,
        time_machine.travel(START.to_pydatetime(), tick=False) as clock,
    ):
        exchange, orders = live(server.url, futures)
        rate = exchange.get_rate(pair, refresh=True, side="entry", is_short=False)
        entry = exchange.create_order(
            pair=pair, ordertype="limit", side="buy", amount=0.01, rate=rate, leverage=2.0
        )
        assert (entry["status"], entry["filled"], entry["average"]) == ("closed", 0.01, rate)
        amount = 0.01 if futures else 0.00999
        stop = exchange.create_stoploss(
            pair=pair, amount=amount, stop_price=rate * 0.995, order_types=orders, side="sell",
            leverage=2.0,
        )  # fmt: skip
        seen = exchange.fetch_stoploss_order(stop["id"], pair)
        for step in range(1, 300):
            now = START + pd.Timedelta("5min") * step
            httpx.post(server.url + "/clock", json={"now": int(now.timestamp() * 1000)})
            clock.move_to(now.to_pydatetime())
            seen = exchange.fetch_stoploss_order(stop["id"], pair)
            if seen["status"] != "open":
                break
        assert (seen["status"], seen["filled"]) == ("closed", amount)
        assert 0.98 * rate < seen["average"] < 0.995 * rate
        trades = exchange.get_trades_for_order(entry["id"], pair, START.to_pydatetime())
        assert sum(trade["amount"] for trade in trades) == 0.01
        books = httpx.get(server.url + "/audit").json()["futures" if futures else "spot"]
        total = exchange.get_balances()["USDT"]["total"]
        if futures:
            assert exchange.fetch_positions(pair) == []
            assert books["wallet"]["difference"] == "0"
            assert total == pytest.approx(float(books["wallet"]["held"]))
        else:
            assert books["balances"]["USDT"]["difference"] == "0"
            assert total == pytest.approx(float(books["balances"]["USDT"]["held"]))
        exchange.close()
    last = json.loads((tmp_path / "events.jsonl").read_text().splitlines()[-1])
    side = "futures" if futures else "spot"
    assert last["event"] == "audit" and last["books"][side] == books
    assert float(books["equity"]) == pytest.approx(total, abs=0.01)  # what is left are crumbs
    line = next(line for line in caplog.messages if line.startswith("Books of the local"))
    assert f"{side} {books['orders']} orders, 2 trades" in line and line.endswith("books even.")
