"""Faults as ccxt meets them through a real connection: what it raises, whether the order stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ccxt
import httpx
import pandas as pd
import pytest
import time_machine

from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.faults.rule import read_rules
from freqai_regimes.local_exchange.trading.signature import Key

MOMENT = pd.Timestamp("2025-03-05T12:00:02", tz="UTC")
Inject = Callable[..., None]


@pytest.fixture(scope="module")
def server(small_datadir: Path) -> Iterator[LocalExchange]:
    with LocalExchange(
        small_datadir, clock="set", start=MOMENT.isoformat(), trading=TradingOptions()
    ) as running:
        yield running


@pytest.fixture(scope="module")
def api(server: LocalExchange) -> Iterator[ccxt.binance]:
    overlay = exchange_overlay(server.url, futures=False)["exchange"]["ccxt_config"]
    key = Key()
    with time_machine.travel(MOMENT.to_pydatetime(), tick=False):
        exchange = ccxt.binance({**overlay, "apiKey": key.key, "secret": key.secret})
        exchange.load_markets()
        yield exchange


@pytest.fixture
def inject(server: LocalExchange) -> Iterator[Inject]:
    def post(**rule: Any) -> None:
        answer = httpx.post(server.url + "/faults", json=[rule] if rule else [])
        assert answer.status_code == 200, answer.text

    yield post
    post()


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "unavailable", "code": -1000}, ccxt.OperationFailed),
        ({"kind": "unavailable", "code": -1006}, ccxt.OperationFailed),
        ({"kind": "unavailable", "code": -1007}, ccxt.RequestTimeout),
        ({"kind": "reset"}, ccxt.NetworkError),
        ({"kind": "html"}, ccxt.ExchangeNotAvailable),
        ({"kind": "rate_limit"}, ccxt.DDoSProtection),
        ({"kind": "banned"}, ccxt.DDoSProtection),
        ({"kind": "maintenance"}, ccxt.OperationFailed),
    ],
)
def test_an_order_whose_answer_is_lost(
    api: ccxt.binance,
    inject: Inject,
    rule: dict[str, Any],
    error: type[Exception],
    executed: bool,
) -> None:
    before = len(api.fetch_my_trades("BTC/USDT", limit=1000))
    inject(**rule, path="/api/v3/order", method="POST", times=1, executed=executed)
    with pytest.raises(error):
        api.create_order("BTC/USDT", "market", "buy", 0.0001)
    assert len(api.fetch_my_trades("BTC/USDT", limit=1000)) - before == int(executed)
    assert api.create_order("BTC/USDT", "market", "buy", 0.0001)["status"] == "closed"


@pytest.mark.parametrize("kind", ["stale_candles", "missing_candle", "empty_candles"])
def test_candles_that_are_not_there(api: ccxt.binance, inject: Inject, kind: str) -> None:
    true = api.fetch_ohlcv("BTC/USDT", "5m", limit=5)
    inject(kind=kind, times=1)
    shown = api.fetch_ohlcv("BTC/USDT", "5m", limit=5)
    assert len(shown) == {"stale_candles": 3, "missing_candle": 4, "empty_candles": 0}[kind]
    assert all(row in true for row in shown)
    assert api.fetch_ohlcv("BTC/USDT", "5m", limit=5) == true


def test_a_candle_that_is_revised(api: ccxt.binance, inject: Inject) -> None:
    inject(kind="revised_candle", times=1)
    first, second = (api.fetch_ohlcv("BTC/USDT", "5m", limit=2) for _ in range(2))
    assert first[0][:4] == second[0][:4] and first[0][4] == first[0][2] > second[0][4]


@pytest.mark.parametrize("seconds", [30, -30], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong(api: ccxt.binance, inject: Inject, seconds: int) -> None:
    right = api.fetch_time()
    inject(kind="clock_skew", seconds=seconds)
    assert api.fetch_time() - right == seconds * 1000
    with pytest.raises(ccxt.InvalidNonce, match="-1021"):
        api.fetch_balance()
    inject()
    assert api.fetch_balance()["USDT"]["total"] > 0


def test_maintenance_is_told_by_the_state_of_the_system(api: ccxt.binance, inject: Inject) -> None:
    assert api.fetch_status()["status"] == "ok"
    inject(kind="maintenance", page=True)
    assert api.fetch_status()["status"] == "maintenance"
    with pytest.raises(ccxt.ExchangeNotAvailable, match="503 Service Unavailable: system"):
        api.fetch_balance()


@pytest.fixture
def alone(small_datadir: Path) -> Iterator[LocalExchange]:
    """An exchange whose clock may be moved."""
    with LocalExchange(
        small_datadir, clock="set", start=MOMENT.isoformat(), trading=TradingOptions()
    ) as running:
        yield running


def test_an_outage_lasts_minutes_of_the_exchange(alone: LocalExchange) -> None:
    alone.faults.replace(read_rules([{"kind": "reset", "minutes": 10, "times": 1}]))
    for minutes, away in [(0, True), (3, True), (9.9, True), (10, False), (25, False)]:
        alone.clock.move_to(int(MOMENT.timestamp() * 1000 + minutes * 60_000))
        for path in ("/api/v3/ping", "/fapi/v1/klines", "/api/v3/order"):
            try:
                httpx.get(alone.url + path)
                answered = True
            except httpx.RemoteProtocolError:
                answered = False
            assert answered is not away, (minutes, path)
        assert httpx.get(alone.url + "/audit").status_code == 200


@pytest.mark.parametrize("futures", [False, True], ids=["spot", "futures"])
def test_a_delisted_market(alone: LocalExchange, futures: bool) -> None:
    pair = "BTC/USDT:USDT" if futures else "BTC/USDT"
    overlay = exchange_overlay(alone.url, futures=futures, key=Key())["exchange"]
    keys = {"apiKey": Key().key, "secret": Key().secret}
    kind = {"options": {"defaultType": "swap" if futures else "spot"}}
    with time_machine.travel(MOMENT.to_pydatetime(), tick=False) as ours:
        api = ccxt.binance({**overlay["ccxt_config"], **keys, **kind})
        old = api.load_markets()
        api.create_order(pair, "market", "buy", 0.01)
        far = api.price_to_precision(pair, api.fetch_ticker(pair)["last"] * 0.9)
        resting = api.create_order(pair, "limit", "buy", 0.01, float(far))
        candles = api.fetch_ohlcv(pair, "5m", limit=5)
        alone.faults.replace(read_rules([{"kind": "delisted", "symbol": "BTCUSDT"}]))
        books = httpx.get(alone.url + "/audit").json()["futures" if futures else "spot"]
        assert books["open"] == []
        assert pair not in api.load_markets(True)
        api.set_markets(old)
        assert api.fetch_order(resting["id"], pair)["status"] == "canceled"
        with pytest.raises(ccxt.ExchangeError, match="-4108" if futures else "Market is closed"):
            api.create_order(pair, "market", "buy", 0.01)
        with pytest.raises(ccxt.BadSymbol):
            api.fetch_order_book(pair)
        alone.clock.move_to(alone.clock.now_ms() + 3_600_000)
        ours.shift(3600)
        assert api.fetch_ohlcv(pair, "5m", limit=5) == candles  # no more come
        if futures:
            assert api.fetch_positions([pair]) == []
            assert books["wallet"]["difference"] == books["wallet"]["locked"] == "0"
            assert books["wallet"]["settlement"] != "0"
        else:
            assert books["balances"]["BTC"]["held"] == "0.00999"  # the coins stay
        alone.faults.replace([])
        assert api.load_markets(True)[pair]["active"]


def test_faults_are_counted_and_noted(server: LocalExchange, inject: Inject) -> None:
    inject(kind="maintenance", path="/api/v3/ping")
    assert httpx.get(server.url + "/api/v3/ping").status_code == 503
    (rule,) = httpx.get(server.url + "/faults").json()
    assert rule == {"kind": "maintenance", "path": "/api/v3/ping", "met": 1}
    newest = httpx.get(server.url + "/events").json()[-1]
    assert (newest["event"], newest["kind"]) == ("fault", "maintenance")
    refused = httpx.post(server.url + "/faults", json=[{"kind": "none"}])
    assert refused.status_code == 400 and "0.kind" in refused.json()["msg"]
    assert httpx.get(server.url + "/faults").json()[0]["met"] == 1
