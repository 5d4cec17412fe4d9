"""Faults as ccxt meets them through a real socket: what it raises, and whether the order stands."""

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


def test_a_clock_that_is_wrong(api: ccxt.binance, inject: Inject) -> None:
    right = api.fetch_time()
    inject(kind="clock_skew", seconds=30, times=1)
    assert api.fetch_time() - right == 30_000


def test_a_delisted_market(api: ccxt.binance, inject: Inject) -> None:
    inject(kind="delisted", symbol="BTCUSDT")
    assert api.load_markets(True)["BTC/USDT"]["active"] is False
    with pytest.raises(ccxt.MarketClosed):
        api.create_order("BTC/USDT", "market", "buy", 0.0001)
    inject()
    assert api.load_markets(True)["BTC/USDT"]["active"] is True


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
