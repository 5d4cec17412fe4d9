"""A pause that the exchange asks for is kept by every request, short or long."""

from __future__ import annotations

import asyncio
import re
import time
import traceback
from collections.abc import Iterator
from typing import Any

import ccxt
import ccxt.async_support
import httpx
import pytest

from freqai_regimes.freqtrade_bridge.safe_orders.retry_after import RetryAfter
from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.trading.signature import Key
from tests.freqtrade_bridge.safe_orders.live_bot import flat_market

START = "2025-03-01T10:00:02Z"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalExchange]:
    data = flat_market(tmp_path_factory.mktemp("candles"))
    with LocalExchange(data, clock="set", start=START, trading=TradingOptions()) as running:
        yield running


def options(server: LocalExchange) -> dict[str, Any]:
    overlay = exchange_overlay(server.url, futures=False)["exchange"]["ccxt_config"]
    return {**overlay, "apiKey": Key().key, "secret": Key().secret}


def inject(server: LocalExchange, **rule: Any) -> None:
    assert httpx.post(server.url + "/faults", json=[rule] if rule else []).status_code == 200


@pytest.mark.parametrize("kind", ["rate_limit", "banned"])
def test_a_short_pause_is_waited_for_by_both_connections(server: LocalExchange, kind: str) -> None:
    told: list[str] = []
    pause = RetryAfter(5.0, told.append)
    api, other = ccxt.binance(options(server)), ccxt.async_support.binance(options(server))
    pause.around(api)
    pause.around(other)
    inject(server, kind=kind, path=".*/ping", times=1, seconds=1)
    with pytest.raises((ccxt.DDoSProtection, ccxt.RateLimitExceeded)):
        api.public_get_ping()
    begin = time.monotonic()

    async def ask() -> Any:
        try:
            return await other.public_get_ping()
        finally:
            await other.close()

    assert asyncio.run(ask()) == {}
    assert time.monotonic() - begin > 0.9
    assert pause.left() == 0.0 and told == []


def test_while_banned_for_long_nothing_is_sent(
    server: LocalExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    pause, api = RetryAfter(5.0, told.append), ccxt.binance(options(server))
    pause.around(api)
    inject(server, kind="banned", path=".*/ping", seconds=120)
    for _ in range(3):
        with pytest.raises(ccxt.DDoSProtection):
            api.public_get_ping()
    assert httpx.get(server.url + "/faults").json()[0]["met"] == 1
    assert told == ["The exchange asks for a pause: no request for 120 seconds."]
    inject(server)
    later = time.monotonic() + 121
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert api.public_get_ping() == {}


@pytest.mark.parametrize("kind", ["html", "reset", "unavailable"])
def test_an_error_does_not_show_the_signature(server: LocalExchange, kind: str) -> None:
    api = ccxt.binance(options(server))
    RetryAfter(5.0, lambda text: None).around(api)
    inject(server, kind=kind, path=".*/account")
    with pytest.raises(ccxt.BaseError) as caught:
        api.private_get_account()
    logged = "".join(traceback.format_exception(caught.value))  # with what caused it
    assert "signature=..." in logged and Key().key not in logged
    assert re.search(r"signature=\w", logged) is None
    inject(server)
