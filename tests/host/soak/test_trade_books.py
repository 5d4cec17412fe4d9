"""What counts as agreeing books: funding, fees in BNB, and a fee that came out of old dust."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import FUTURES, SPOT, write_candles
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import find_markets
from freqai_regimes.local_exchange.trading.desk import Desk, TradingOptions
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.order import BUY, SELL, Fill, Order
from tests.host.soak.trade_books import TradeBooks, compare_trades

PAIRS = {SPOT: "ABC/USDT", FUTURES: "ABC/USDT:USDT"}


class Server:
    """An exchange where ABC stands at 100 and BNB at 600, with one trade of 1 ABC."""

    def __init__(self, folder: Path) -> None:
        dates = pd.date_range("2025-03-01", periods=12, freq="5min", tz="UTC").as_unit("ms")
        for pair, kind, price in (*((p, k, 100.0) for k, p in PAIRS.items()), BNB):
            prices = dict.fromkeys(("open", "high", "low", "close"), price)
            frame = pd.DataFrame({"date": dates, **prices, "volume": 1e3})
            write_candles(frame, folder, pair, "5m", kind)
        self.now = int(dates[-1].timestamp() * 1000)
        self.clock = SimpleNamespace(now_ms=lambda: self.now)
        self.desk = Desk(CandleStore(folder, find_markets(folder)), TradingOptions(), self.now)
        self.database = folder / "trades.sqlite"

    def trade(self, kind: str, fees: tuple[str, str], coins: tuple[str, str]) -> None:
        """Buy 1 at 100 and sell it at 101, with these fees in these coins (events 1 and 5)."""
        side = self.desk.sides[kind]
        market = side.store.market(kind, "ABCUSDT")
        assert market is not None
        prices, number = {BUY: Decimal(100), SELL: Decimal(101)}, 1
        for (way, price), fee, coin in zip(prices.items(), fees, coins, strict=True):
            fill = Fill(number, self.now, price, Decimal(1), Decimal(fee), coin, maker=False)
            order = Order(number, "", market, way, "MARKET", "GTC", Decimal(1), price, self.now)
            order.take(fill)
            side.orders[number] = order
            side.fills.append((order, fill))
            number += 4

    def compare(self, kind: str, booked: float) -> TradeBooks:
        """Hold a profit in freqtrade's books against the fills."""
        self.database.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("create table trades (id, pair, is_open, close_profit_abs)")
            connection.execute("create table orders (ft_trade_id, order_id, ft_order_side, filled)")
            connection.execute("insert into trades values (1, ?, 0, ?)", (PAIRS[kind], booked))
            rows = [(1, "1", "buy", 1.0), (1, "5", "sell", 1.0)]
            connection.executemany("insert into orders values (?, ?, ?, ?)", rows)
        exchange: Any = self
        return compare_trades(exchange, self.database, kind)


BNB = ("BNB/USDT", SPOT, 600.0)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_fee_that_came_out_of_dust_is_not_gained(server: Server) -> None:
    server.trade(SPOT, ("0.001", "0.101"), ("ABC", "USDT"))  # 1 was sold though 0.999 came
    true = 1 - 0.1 - 0.101
    assert server.compare(SPOT, true).differences == []
    (line,) = server.compare(SPOT, true + 0.1).differences  # as if the dust had been a gift
    assert "gained 0.798000, booked 0.899000" in line
    assert float(server.compare(SPOT, true).largest) == pytest.approx(0.001)  # priced at 101


def test_fees_in_bnb_count_at_its_price(server: Server) -> None:
    server.trade(SPOT, ("0.000125", "0.00012625"), ("BNB", "BNB"))
    true = 1 - 0.075 - 0.07575
    assert float(server.compare(SPOT, true).largest) == pytest.approx(0.0, abs=1e-12)
    assert server.compare(SPOT, 1.0).differences  # fees left out


def test_funding_between_the_fills_belongs_to_the_trade(server: Server) -> None:
    account = server.desk.sides[FUTURES].account
    assert isinstance(account, FuturesAccount)
    server.trade(FUTURES, ("0.05", "0.0505"), ("USDT", "USDT"))
    account.position("ABCUSDT").amount = Decimal(1)
    for number in (3, 7):  # the second after the sale
        account.pay_funding("ABCUSDT", Decimal("0.002"), Decimal(100), server.now, number)
    true = 1 - 0.05 - 0.0505 - 0.2
    assert float(server.compare(FUTURES, true).largest) == pytest.approx(0.0, abs=1e-12)
    (line,) = server.compare(FUTURES, true + 0.2).differences  # funding left out
    assert "gained 0.699500" in line
