"""A closed position is told once, with what it gave, if the settings say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from freqtrade.persistence import Order, Trade, init_db

from freqai_regimes.freqtrade_bridge import announcements
from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks
from freqai_regimes.settings import parse_settings

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    init_db("sqlite://")
    announcements._waiting.clear()
    yield
    Trade.session.remove()


def trade(*, is_short: bool, currency: str = "USDT") -> Trade:
    """A position of 2 coins from 100 to 110, without fees."""
    made = Trade(
        **{"pair": f"ABC/{currency}", "base_currency": "ABC", "stake_currency": currency},
        **{"stake_amount": 200.0, "amount": 2.0, "amount_requested": 2.0, "leverage": 1.0},
        **{"open_rate": 100.0, "open_date": NOW, "fee_open": 0.0, "fee_close": 0.0},
        **{"exchange": "binance", "is_open": True, "is_short": is_short, "funding_fees": 0.0},
    )
    made.recalc_open_trade_value()
    entry, leave = ("sell", "buy") if is_short else ("buy", "sell")
    for side, price in ((entry, 100.0), (leave, 110.0)):
        made.orders.append(
            Order(
                **{"ft_order_side": side, "ft_pair": made.pair, "ft_is_open": False, "side": side},
                **{
                    "ft_amount": 2.0,
                    "ft_price": price,
                    "order_id": f"{side}-{is_short}",
                    "amount": 2.0,
                },
                **{"status": "closed", "symbol": made.pair, "order_type": "market"},
                **{"price": price, "average": price, "filled": 2.0, "remaining": 0.0},
                **{"cost": 2 * price, "order_date": NOW, "order_filled_date": NOW},
            )
        )
    made.close(110.0)
    Trade.session.add(made)
    Trade.commit()
    return made


def fill(closed: Trade, *, told: bool, live: bool = True) -> list[str]:
    """What is queued when freqtrade says that the last order of a trade was filled."""
    settings = parse_settings({"regimes": {"messages": {"transactions": told}}})
    strategy: Any = SimpleNamespace(
        settings=settings,
        is_live=live,
        orders=None,
        exits=SimpleNamespace(note_fill=lambda *_: None),
    )
    RiskCallbacks.order_filled(strategy, closed.pair, closed, closed.orders[-1], NOW)
    return [each.text for each in announcements._waiting]


def test_what_a_long_and_a_short_position_gave() -> None:
    assert fill(trade(is_short=False), told=True) == ["⚡💰 *SOLD: Profit: 10.00% 20.0000₮*"]
    announcements._waiting.clear()
    text = "⚡💰 *BOUGHT: Profit: -10.00% -20.0000₮*"
    assert fill(trade(is_short=True), told=True) == [text]


def test_another_currency_is_named() -> None:
    told = fill(trade(is_short=False, currency="EUR"), told=True)
    assert told == ["⚡💰 *SOLD: Profit: 10.00% 20.0000 EUR*"]


def test_nothing_is_told_when_off_in_a_backtest_or_while_it_is_open() -> None:
    closed = trade(is_short=False)
    assert fill(closed, told=False) == []
    assert fill(closed, told=True, live=False) == []
    closed.is_open = True
    assert fill(closed, told=True) == []
