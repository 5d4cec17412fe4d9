"""Lost answers through the real ccxt and a real socket: an order stands once, or certainly not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ccxt
import httpx
import numpy as np
import pandas as pd
import pytest
import time_machine

from freqai_regimes.candles import FUTURES, SPOT, write_candles
from freqai_regimes.freqtrade_bridge.safe_orders.order_guard import PREFIX, OrderGuard, Patience
from freqai_regimes.freqtrade_bridge.safe_orders.order_log import OrderLog
from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.trading.signature import Key

MOMENT = pd.Timestamp("2025-03-01T10:00:02", tz="UTC")


@dataclass
class Desk:
    """A guarded ccxt exchange, what was told, and a way to make requests fail."""

    server: LocalExchange
    api: Any
    guard: OrderGuard
    log: OrderLog
    told: list[str] = field(default_factory=list)

    def inject(self, **rule: Any) -> None:
        answer = httpx.post(self.server.url + "/faults", json=[rule])
        assert answer.status_code == 200, answer.text

    def orders(self, pair: str) -> int:
        return len(self.api.fetch_orders(pair))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalExchange]:
    folder = tmp_path_factory.mktemp("candles")
    dates = pd.Timestamp("2025-03-01", tz="UTC").as_unit("ms") + np.arange(288) * pd.Timedelta(
        "5min"
    )
    prices = dict.fromkeys(("open", "high", "low", "close"), 100.0)
    frame = pd.DataFrame({"date": dates, **prices, "volume": 1e6})
    write_candles(frame, folder, "ABC/USDT", "5m", SPOT)
    write_candles(frame, folder, "ABC/USDT:USDT", "5m", FUTURES)
    with LocalExchange(
        folder, clock="set", start=MOMENT.isoformat(), trading=TradingOptions()
    ) as running:
        yield running


@pytest.fixture
def desk(server: LocalExchange, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    with time_machine.travel(MOMENT.to_pydatetime(), tick=False):

        def build(futures: bool = False) -> Desk:
            overlay = exchange_overlay(server.url, futures=futures)["exchange"]["ccxt_config"]
            kind = {"options": {"defaultType": "swap"}} if futures else {}
            keys = {"apiKey": Key().key, "secret": Key().secret}
            api = ccxt.binance({**overlay, **keys, **kind})
            api.load_markets()
            log = OrderLog(tmp_path / "orders.jsonl")
            told: list[str] = []
            patience = Patience(window=0.15, longest=0.5, pause=0.02)
            guard = OrderGuard(api, log, patience, told.append, lambda symbol: {"tag": "t"})
            return Desk(server, api, guard, log, told)

        yield build
        httpx.post(server.url + "/faults", json=[])


LOST = [
    *({"kind": "unavailable", "code": code} for code in (-1000, -1006, -1007)),
    {"kind": "reset"},
    {"kind": "html"},
]


@pytest.mark.parametrize("rule", LOST, ids=lambda rule: f"{rule['kind']}{rule.get('code', '')}")
@pytest.mark.parametrize("futures", [False, True], ids=["spot", "futures"])
def test_an_executed_order_is_found_not_sent_again(
    desk: Callable[..., Desk], rule: dict[str, Any], futures: bool
) -> None:
    at = desk(futures)
    pair = "ABC/USDT:USDT" if futures else "ABC/USDT"
    before = at.orders(pair)
    at.inject(**rule, executed=True, path=r".*/order", method="POST", times=1)
    order = at.api.create_order(pair, "market", "buy", 0.1)
    assert order["status"] == "closed" and order["clientOrderId"].startswith(PREFIX)
    assert at.orders(pair) == before + 1
    assert at.log.open_intents() == []
    assert len(at.told) == 1 and "it stands as" in at.told[0]


@pytest.mark.parametrize("rule", LOST, ids=lambda rule: f"{rule['kind']}{rule.get('code', '')}")
def test_one_that_was_not_executed_is_sent_again_once_that_is_certain(
    desk: Callable[..., Desk], rule: dict[str, Any]
) -> None:
    at = desk()
    before = at.orders("ABC/USDT")
    at.inject(**rule, path=r".*/order", method="POST", times=1)
    assert at.api.create_order("ABC/USDT", "market", "buy", 0.1)["status"] == "closed"
    assert at.orders("ABC/USDT") == before + 1
    assert "was not taken" in at.told[0]


def test_while_nobody_answers_the_intent_stays_open(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.inject(kind="reset", path=r".*/order", executed=True)
    with pytest.raises(ccxt.NetworkError):
        at.api.create_order("ABC/USDT", "market", "buy", 0.1)
    (intent,) = at.log.open_intents()
    assert (intent["symbol"], intent["side"], intent["tag"]) == ("ABC/USDT", "buy", "t")
    at.inject(kind="latency", path="/none")
    found = at.guard.find(intent["client_id"], "ABC/USDT", False)
    assert found is not None and found["status"] == "closed"


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (("ABC/USDT", "market", "buy", 1e5), ccxt.InsufficientFunds),
        (("ABC/USDT", "limit", "buy", 0.01, 100.0), ccxt.BadRequest),
    ],
)
def test_a_refusal_is_passed_on_at_once(
    desk: Callable[..., Desk], order: tuple[Any, ...], error: type[Exception]
) -> None:
    at = desk()
    with pytest.raises(error):
        at.api.create_order(*order)
    assert at.log.open_intents() == [] and at.told == []
    events = [json.loads(line)["event"] for line in at.log.path.read_text().splitlines()]
    assert events == ["note", "intent", "refused"]


@pytest.mark.parametrize("kind", ["rate_limit", "banned"])
def test_a_limit_is_waited_for(desk: Callable[..., Desk], kind: str) -> None:
    at = desk()
    at.inject(kind=kind, path=r".*/order", method="POST", times=1, seconds=0.4)
    assert at.api.create_order("ABC/USDT", "market", "buy", 0.1)["status"] == "closed"


@pytest.mark.parametrize("executed", [True, False])
def test_a_cancel_whose_answer_is_lost(desk: Callable[..., Desk], executed: bool) -> None:
    at = desk()
    order = at.api.create_order("ABC/USDT", "limit", "buy", 0.1, 90.0)
    at.inject(kind="reset", method="DELETE", times=1, executed=executed)
    assert at.api.cancel_order(order["id"], "ABC/USDT")["status"] == "canceled"
    again = at.api.cancel_order(order["id"], "ABC/USDT")
    assert again["status"] == "canceled"  # instead of "unknown order"


def test_a_lost_stop_on_futures_is_asked_for_where_stops_are(desk: Callable[..., Desk]) -> None:
    at = desk(futures=True)
    at.api.create_order("ABC/USDT:USDT", "market", "buy", 1)
    at.inject(kind="reset", executed=True, path=r".*/algoOrder", method="POST", times=1)
    stop = at.api.create_order(
        "ABC/USDT:USDT", "market", "sell", 1, None, {"stopPrice": 90, "reduceOnly": True}
    )
    assert stop["status"] == "open" and stop["clientOrderId"].startswith(PREFIX)
    at.inject(kind="reset", executed=True, path=r".*/algoOrder", method="DELETE", times=1)
    gone = at.api.cancel_order(stop["id"], "ABC/USDT:USDT", {"stop": True})
    assert gone["status"] == "canceled"
