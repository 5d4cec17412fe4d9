"""What is refused: Binance's codes and shape, and a damaged file that is named."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import FUTURES, candle_path, write_candles
from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.catalogue import find_markets

Get = Callable[..., Any]
AskAt = Callable[[Path, str | int], Get]
WALK = Callable[..., pd.DataFrame]
KLINES = "/api/v3/klines"


@pytest.fixture
def get(small_datadir: Path, ask_at: AskAt) -> Get:
    return ask_at(small_datadir, "2025-03-05T12:02:30Z")


@pytest.mark.parametrize(
    ("path", "query", "code", "text"),
    [
        (KLINES, {"interval": "5m"}, -1102, "'symbol' was not sent"),
        (KLINES, {"symbol": "", "interval": "5m"}, -1102, "'symbol' was not sent"),
        (KLINES, {"symbol": "BTCUSDT"}, -1102, "'interval' was not sent"),
        (KLINES, {"symbol": "NONEUSDT", "interval": "5m"}, -1121, "Invalid symbol."),
        (KLINES, {"symbol": "BTC/USDT", "interval": "5m"}, -1100, "Illegal .*'symbol'"),
        (KLINES, {"symbol": "BTCUSDT", "interval": "7m"}, -1120, "'7m' of BTC/USDT .*: 5m, 1h"),
        (KLINES, {"symbol": "BTCUSDT", "interval": "1m"}, -1120, "Invalid interval."),
        (KLINES, {"symbol": "BTCUSDT", "interval": "10m"}, -1120, "Invalid interval."),
        (KLINES, {"symbol": "BTCUSDT", "interval": "1M"}, -1120, "Invalid interval."),
        (KLINES, {"symbol": "BTCUSDT", "interval": "5m", "limit": "ten"}, -1100, "'limit'"),
        (KLINES, {"symbol": "BTCUSDT", "interval": "5m", "limit": 0}, -1130, "'limit'"),
        (KLINES, {"symbol": "BTCUSDT", "interval": "5m", "startTime": -1}, -1100, "'startTime'"),
        (KLINES, {"symbol": "BTCUSDT", "interval": "5m", "endTime": 10**19}, -1130, "'endTime'"),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": 0}, -1130, "'limit'"),
        ("/api/v3/depth", {}, -1102, "'symbol' was not sent"),
        ("/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": 7}, -4021, "Depth limit 7"),
        ("/api/v3/ticker/price", {"symbols": "BTCUSDT"}, -1100, "'symbols'"),
        ("/api/v3/ticker/price", {"symbol": "A", "symbols": "[]"}, -1128, "Combination"),
        ("/fapi/v1/klines", {"symbol": "ABCUSDT", "interval": "5m"}, -1121, "Invalid symbol."),
    ],
)
def test_codes(get: Get, path: str, query: dict[str, Any], code: int, text: str) -> None:
    status, body = get(path, **query)
    assert (status, body["code"], set(body)) == (400, code, {"code", "msg"})
    assert re.search(text, body["msg"])


def test_an_unknown_path_is_named(get: Get, caplog: pytest.LogCaptureFixture) -> None:
    status, body = get("/fapi/v1/forceOrders")
    assert status == 404
    assert "/fapi/v1/forceOrders is not served" in body["msg"]
    get("/fapi/v1/forceOrders")
    warned = [line for line in caplog.messages if "Refused GET /fapi/v1/forceOrders" in line]
    assert len(warned) == 1  # later ones only at debug
    assert get("/api/v3/ping", method="POST")[0] == 405


def test_a_damaged_file_is_named_in_the_log_and_answered_with_503(
    tmp_path: Path, make_walk: WALK, ask_at: AskAt, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_walk("2025-03-03", "5m", 50, 100.0, 1)
    for pair in ("AAA/USDT", "BBB/USDT"):
        write_candles(good, tmp_path, pair, "5m")
    damaged = good.copy()
    damaged.loc[7, "high"] = 0.001
    write_candles(damaged, tmp_path, "BBB/USDT", "5m")
    (tmp_path / "CCC_USDT-5m.feather").write_bytes(b"no feather")
    get = ask_at(tmp_path, "2025-03-03T02:00:00Z")
    assert any("CCC_USDT-5m.feather cannot be read" in line for line in caplog.messages)
    for _ in range(2):
        status, body = get(KLINES, symbol="BBBUSDT", interval="5m")
        assert (status, body["code"]) == (503, -1001)
        assert "BBB_USDT-5m.feather" in body["msg"] and "first at 2025-03-03 00:35" in body["msg"]
    errors = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == 1 and "BBB_USDT-5m.feather" in errors[0].getMessage()
    assert [each["symbol"] for each in get("/api/v3/ticker/price")] == ["AAAUSDT"]


def test_a_file_that_vanished_is_answered_with_503(
    tmp_path: Path, make_walk: WALK, ask_at: AskAt
) -> None:
    write_candles(make_walk("2025-03-03", "5m", 50, 100.0, 1), tmp_path, "AAA/USDT", "5m")
    get = ask_at(tmp_path, "2025-03-03T02:00:00Z")
    candle_path(tmp_path, "AAA/USDT", "5m").unlink()
    assert get("/api/v3/depth", symbol="AAAUSDT")[0] == 503


def test_no_candles_at_all(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"No readable candles in .*freqtrade data directory"):
        find_markets(tmp_path)


def test_contracts_not_settled_in_their_quote_coin_are_left_out(
    tmp_path: Path, make_walk: WALK, caplog: pytest.LogCaptureFixture
) -> None:
    frame = make_walk("2025-03-03", "1h", 5, 100.0, 1)
    for pair in ("BTC/USD:BTC", "BTC/USDT:USDT"):
        write_candles(frame, tmp_path, pair, "1h", FUTURES)
    assert [market.pair for market in find_markets(tmp_path)] == ["BTC/USDT:USDT"]
    assert "BTC/USD:BTC (futures) is left out" in caplog.text
