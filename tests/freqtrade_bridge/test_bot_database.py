"""A bot's database is read as it is: open, closed, partly filled, of others, damaged, absent."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from freqtrade.persistence import Order, Trade
from freqtrade.persistence.base import ModelBase
from freqtrade.persistence.pairlock import PairLock
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from freqai_regimes.errors import RegimesError
from freqai_regimes.freqtrade_bridge.bot_database import read_bot_database

NUMBER = itertools.count()
OPENED, CLOSED = datetime(2024, 1, 3, 12, 5, 2), datetime(2024, 1, 3, 13, 0, 3)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[str, Session]]:
    url = f"sqlite:///{tmp_path / 'trades.sqlite'}"
    engine = create_engine(url)
    ModelBase.metadata.create_all(engine)
    with Session(engine) as session:
        yield url, session
    engine.dispose()


def order(side: str, asked: float, filled: float, at: datetime | None) -> Order:
    return Order(
        ft_order_side=side,
        ft_pair="BTC/USDT",
        ft_is_open=at is None,
        ft_amount=asked,
        ft_price=100.0,
        order_id=f"{next(NUMBER)}",
        amount=asked,
        filled=filled,
        average=100.0,
        order_filled_date=at,
        order_date=OPENED,
    )


def trade(*orders: Order, **changes: Any) -> Trade:
    values: dict[str, Any] = {
        "exchange": "binance",
        "pair": "BTC/USDT",
        "is_open": False,
        "strategy": "RegimeStrategy",
        "open_date": OPENED,
        "close_date": CLOSED,
        "open_rate": 100.0,
        "close_rate": 101.0,
        "amount": 1.0,
        "stake_amount": 100.0,
        "fee_open": 0.00075,
        "fee_close": 0.00075,
        "fee_open_currency": "BNB",
        "close_profit": 0.0085,
        "close_profit_abs": 0.85,
        "exit_reason": "regime sideways",
        "enter_tag": "bull",
    } | changes
    made = Trade(**values)
    made.orders = list(orders)
    return made


def test_trades_locks_and_fees_are_read(database: tuple[str, Session]) -> None:
    url, session = database
    filled = order("buy", 1.0, 0.6, OPENED), order("sell", 0.6, 0.6, CLOSED)
    waiting = order("buy", 1.0, 0.0, None)
    still = trade(
        order("buy", 1.0, 1.0, OPENED),
        is_open=True,
        close_date=None,
        close_rate=None,
        fee_open_currency=None,
    )
    lock = PairLock(
        pair="*", side="*", reason="guard x: y", lock_time=OPENED, lock_end_time=CLOSED, active=True
    )
    session.add_all([trade(*filled), still, trade(waiting, is_open=True), lock])
    session.add(trade(order("buy", 1.0, 1.0, OPENED), strategy="Another"))
    session.commit()
    found = read_bot_database(url, "RegimeStrategy")
    closed, held = (row for _, row in found.trades.iterrows())  # none whose entry still waits
    assert closed["open_date"] == pd.Timestamp(OPENED, tz="UTC") and closed["profit_abs"] == 0.85
    assert [(o["amount"], o["requested"]) for o in closed["orders"]] == [(0.6, 1.0), (0.6, 0.6)]
    assert [o["ft_is_entry"] for o in closed["orders"]] == [True, False]
    assert held["is_open"] and pd.isna(held["close_date"]) and pd.isna(held["profit_abs"])
    assert found.of_others == 1 and found.fee_currencies["BNB"] == 2
    assert found.locks["reason"].tolist() == ["guard x: y"] and found.began is None
    assert found.balances.empty


def test_a_database_without_trades_is_read(database: tuple[str, Session]) -> None:
    found = read_bot_database(database[0], "RegimeStrategy")
    assert found.trades.empty and found.locks.empty and "is_open" in found.trades


def test_reading_never_writes(database: tuple[str, Session], tmp_path: Path) -> None:
    path = tmp_path / "trades.sqlite"
    before = path.read_bytes()
    read_bot_database(database[0], "RegimeStrategy")
    assert path.read_bytes() == before


def test_what_is_no_database_of_a_bot_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegimesError, match=r"There is no database .*none\.sqlite.*--db-url"):
        read_bot_database(f"sqlite:///{tmp_path / 'none.sqlite'}", "RegimeStrategy")
    assert not (tmp_path / "none.sqlite").exists()
    other = tmp_path / "other.sqlite"
    other.touch()
    with pytest.raises(RegimesError, match="no table of trades"):
        read_bot_database(f"sqlite:///{other}", "RegimeStrategy")
    other.write_text("not a database" * 100)
    with pytest.raises(RegimesError, match="cannot be read"):
        read_bot_database(f"sqlite:///{other}", "RegimeStrategy")
    with pytest.raises(RegimesError, match="no database address"):
        read_bot_database("what is this", "RegimeStrategy")


def test_a_password_is_never_told() -> None:
    with pytest.raises(RegimesError) as told:
        read_bot_database("postgresql+psycopg://bot:secret@127.0.0.1:1/freqtrade", "RegimeStrategy")
    assert "secret" not in str(told.value) and "127.0.0.1:1/freqtrade" in str(told.value)
