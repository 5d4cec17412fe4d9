"""A market of a few hand-made candles, and signed requests to an exchange that trades on it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pandas as pd
import pytest

from freqai_regimes.candles import FUNDING, FUTURES, SPOT, write_candles
from freqai_regimes.local_exchange.app import create_app
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import find_markets
from freqai_regimes.local_exchange.clock import SetClock, parse_moment
from freqai_regimes.local_exchange.end_of_data import EndOfData
from freqai_regimes.local_exchange.trading.desk import Desk, TradingOptions

START = pd.Timestamp("2025-03-03", tz="UTC")
#: open, high, low, close of five-minute candles; the first ones make the book.
CALM = [(100.0, 100.0, 100.0, 100.0)] * 3
CANDLES = [
    *CALM,
    (100.0, 101.0, 98.0, 99.0),  # 00:15 falls: high first
    (99.0, 99.5, 96.0, 99.0),  # 00:20 level: low first
    (90.0, 92.0, 89.0, 91.0),  # 00:25 opens far below
    (91.0, 104.0, 91.0, 103.0),  # 00:30 rises
]


def frame(rows: list[tuple[float, float, float, float]], volume: float) -> pd.DataFrame:
    dates = START.as_unit("ms") + pd.Timedelta("5min") * pd.RangeIndex(len(rows)).to_numpy()
    prices = pd.DataFrame(rows, columns=["open", "high", "low", "close"])
    return pd.concat([pd.DataFrame({"date": dates}), prices], axis=1).assign(volume=volume)


@dataclass
class Client:
    """Asks an exchange that stands at ``clock``; refusals come as (status, JSON)."""

    clock: SetClock
    desk: Desk
    http: httpx.AsyncClient
    runner: asyncio.Runner
    key: str = "local-key"
    secret: str = "local-secret"
    late_ms: int = 0
    more: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, /, **query: Any) -> Any:
        sent = {**query, "timestamp": self.clock.now_ms() - self.late_ms, **self.more}
        text = urlencode(sent)
        sign = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        text += f"&signature={sign}"
        headers = {"X-MBX-APIKEY": self.key}
        if method == "POST":
            form = {**headers, "content-type": "application/x-www-form-urlencoded"}
            call = self.http.request(method, path, content=text, headers=form)
        else:
            call = self.http.request(method, f"{path}?{text}", headers=headers)
        response = self.runner.run(call)
        body = response.json()
        return body if response.status_code == 200 else (response.status_code, body)

    def at(self, time: str) -> None:
        """Move the clock to a time of the day and let the exchange see it."""
        self.clock.move_to(parse_moment(f"2025-03-03T{time}"))
        self.audit()

    def audit(self) -> Any:
        response = self.runner.run(self.http.get("/audit"))
        return response.json()


@pytest.fixture(scope="session")
def datadir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hand-made")
    write_candles(frame(CANDLES, 1000.0), folder, "ABC/USDT", "5m", SPOT)
    write_candles(frame(CANDLES, 1000.0), folder, "ABC/USDT:USDT", "5m", FUTURES)
    level = [(600.0,) * 4] * len(CANDLES)
    write_candles(frame(level, 1000.0), folder, "BNB/USDT", "5m", SPOT)
    rates = frame([(0.001, 0.0, 0.0, 0.0)], 0.0).assign(date=START + pd.Timedelta("20min"))
    write_candles(rates, folder, "ABC/USDT:USDT", "1h", FUNDING)
    return folder


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture
def trade(datadir: Path, runner: asyncio.Runner) -> Callable[..., Client]:
    """Give ``trade(**options)``: a client of a new exchange at 00:10:01 of the first day."""

    def build(**options: Any) -> Client:
        markets = find_markets(datadir)
        clock = SetClock(parse_moment("2025-03-03T00:10:01"))
        store = CandleStore(datadir, markets)
        wanted = {"balances": {"USDT": Decimal(1000), "ABC": Decimal(10)}} | options
        desk = Desk(store, TradingOptions(**wanted), clock.now_ms())
        app = create_app(store, clock, EndOfData(markets), desk)
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
        )
        return Client(clock, desk, http, runner)

    return build
