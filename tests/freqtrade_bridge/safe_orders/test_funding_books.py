"""Funding that freqtrade would leave out, or take for zero, is in the profit of the trade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest
from freqtrade.enums import TradingMode
from freqtrade.persistence import Order, Trade, init_db

from freqai_regimes.freqtrade_bridge.safe_orders.funding_books import LOOKED_BACK, FundingBooks

OPENED = datetime(2025, 3, 1, 7, 30, tzinfo=UTC)
PAIR = "ABC/USDT:USDT"


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    name = "freqai_regimes.freqtrade_bridge.safe_orders.funding_books.dt_now"
    monkeypatch.setattr(name, lambda: at(18))
    init_db("sqlite://")
    yield
    Trade.session.remove()


def at(hour: int, minute: int = 0) -> datetime:
    return OPENED.replace(hour=hour, minute=minute)


def order(side: str, moment: datetime, amount: float, price: float) -> Order:
    return Order(
        order_id=f"{side}-{moment:%H%M}",
        ft_order_side=side,
        ft_pair=PAIR,
        ft_is_open=False,
        ft_amount=amount,
        ft_price=price,
        amount=amount,
        filled=amount,
        average=price,
        price=price,
        remaining=0.0,
        status="closed",
        order_type="market",
        order_filled_date=moment.replace(tzinfo=None),
    )


def closed_by(*orders: Order) -> Trade:
    """A long of 1 at 100 without fees; freqtrade's own books of it."""
    trade = Trade(
        pair=PAIR,
        base_currency="ABC",
        stake_currency="USDT",
        stake_amount=100.0,
        amount=1.0,
        open_rate=100.0,
        open_date=OPENED,
        is_open=True,
        fee_open=0.0,
        fee_close=0.0,
        leverage=1.0,
        exchange="binance",
        trading_mode=TradingMode.FUTURES,
        amount_precision=0.001,
        price_precision=0.01,
        precision_mode=4,
        precision_mode_price=4,
        contract_size=1.0,
    )
    trade.recalc_open_trade_value()
    Trade.session.add(trade)
    for each in (order("buy", OPENED, 1.0, 100.0), *orders):
        trade.orders.append(each)
        trade.update_trade(each)
    Trade.commit()
    return trade


class Api:
    """Answers with payments (hour, amount), or not at all."""

    def __init__(self, *payments: tuple[int, float]) -> None:
        self.payments = payments
        self.answers = True
        self.asked: list[int] = []

    def fetch_funding_history(self, pair: str, since: int, limit: int) -> list[dict[str, Any]]:
        self.asked.append(since)
        if not self.answers:
            raise ccxt.NetworkError("binance GET income")
        return [
            {"timestamp": int(at(hour).timestamp() * 1000), "amount": amount}
            for hour, amount in self.payments
        ]


def books(api: Api, mode: str = "futures") -> FundingBooks:
    return FundingBooks(SimpleNamespace(_api=api, trading_mode=SimpleNamespace(value=mode)))


def test_what_a_stop_has_closed_paid_funding_too() -> None:
    trade = closed_by(order("stoploss", at(9), 1.0, 97.0))
    trade.funding_fee_running = -0.5  # freqtrade knows it, and leaves it out
    assert not trade.is_open and trade.close_profit_abs == pytest.approx(-3.0)
    api = Api((8, -0.5), (16, -7.0))  # the later one was another trade's
    books(api).note(trade.id)
    assert api.asked == [int(OPENED.timestamp() * 1000)]
    assert trade.close_profit_abs == pytest.approx(-3.5)
    assert trade.close_profit == pytest.approx(-0.035) and trade.funding_fees == -0.5
    assert trade.funding_fee_running == 0.0 and not trade.is_open


def test_each_fill_has_what_was_paid_since_the_fill_before_it() -> None:
    trade = closed_by(order("sell", at(8), 0.5, 104.0), order("sell", at(17), 0.5, 106.0))
    books(Api((8, 0.25), (16, -0.125))).note(trade.id)  # in the moment of the sale: before it
    assert [each.funding_fee for each in trade.orders] == [0.0, 0.25, -0.125]
    assert trade.close_profit_abs == pytest.approx(2.0 + 3.0 + 0.125)


def test_without_an_answer_it_is_asked_again_also_by_the_next_bot() -> None:
    trade = closed_by(order("sell", at(9), 1.0, 104.0))
    api = Api((8, -0.5))
    api.answers = False
    first = books(api)
    first.note(trade.id)
    assert trade.close_profit_abs == pytest.approx(4.0)
    api.answers = True
    books(api).look()  # killed, started again
    assert trade.close_profit_abs == pytest.approx(3.5)
    first.look()
    first.look()
    assert trade.close_profit_abs == pytest.approx(3.5) and len(api.asked) == 3


def test_what_was_booked_long_ago_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = closed_by(order("sell", at(8), 0.5, 104.0), order("sell", at(17), 0.5, 106.0))
    trade.orders[1].funding_fee = 0.25
    name = "freqai_regimes.freqtrade_bridge.safe_orders.funding_books.dt_now"
    monkeypatch.setattr(name, lambda: at(16) + LOOKED_BACK)
    books(Api((16, -0.125))).note(trade.id)  # the exchange has forgotten the older one
    assert [each.funding_fee for each in trade.orders] == [0.0, 0.25, -0.125]


def test_on_spot_nobody_is_asked() -> None:
    trade = closed_by(order("sell", at(9), 1.0, 104.0))
    api = Api()
    on_spot = books(api, "spot")
    on_spot.note(trade.id)
    on_spot.look()
    assert api.asked == []
