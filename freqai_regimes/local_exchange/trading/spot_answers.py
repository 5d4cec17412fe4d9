"""Private endpoints of the spot side: account, orders, trades."""

from __future__ import annotations

from collections.abc import Callable

from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.refusal import Refusal, missing_parameter
from freqai_regimes.local_exchange.trading.candle_path import exact
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.order import (
    CANCELED,
    ZERO,
    AlgoOrder,
    Fill,
    Order,
    number_text,
)
from freqai_regimes.local_exchange.trading.order_answers import (
    spot_order,
    spot_placed,
    spot_trade,
)
from freqai_regimes.local_exchange.trading.order_request import read_order
from freqai_regimes.local_exchange.trading.spot_account import SpotAccount


def account(side: Matching, ask: Ask) -> Json:
    """Balances and fees."""
    held = side.account
    assert isinstance(held, SpotAccount)
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "updateTime": ask.now,
        "accountType": "SPOT",
        "balances": [
            {
                "asset": coin,
                "free": number_text(held.free.get(coin, ZERO)),
                "locked": number_text(held.locked.get(coin, ZERO)),
            }
            for coin in held.held()
        ],
        "permissions": ["SPOT"],
        "commissionRates": {
            "maker": number_text(held.maker_fee),
            "taker": number_text(held.taker_fee),
            "buyer": "0",
            "seller": "0",
        },
    }


def nothing(side: Matching, ask: Ask) -> Json:
    """No coins to withdraw, no margin pairs: freqtrade asks for both, and uses neither."""
    return []


def place(side: Matching, ask: Ask) -> Json:
    """New order."""
    order = read_order(ask, side.next_number())
    refuse_duplicate(side, order, Refusal(-2010, "Duplicate order sent."))
    if order.trigger is not None and triggers_now(order, ask):
        raise Refusal(-2010, "Stop price would trigger immediately.")
    if order.kind == "LIMIT_MAKER" and side.would_cross(order):
        raise Refusal(-2010, "Order would immediately match and take.")
    side.place(order)
    return spot_placed(order)


def test(side: Matching, ask: Ask) -> Json:
    """Check an order without placing it."""
    read_order(ask, 0)
    return {}


def query(side: Matching, ask: Ask) -> Json:
    """One order."""
    return spot_order(find(side, ask))


def cancel(side: Matching, ask: Ask) -> Json:
    """Cancel one order."""
    order = find(side, ask, Refusal(-2011, "Unknown order sent."))
    end(side, order, ask.now)
    return {**spot_order(order), "origClientOrderId": order.client_id}


def open_orders(side: Matching, ask: Ask) -> Json:
    """Open orders of one or all symbols."""
    return [spot_order(order) for order in side.open_orders(ask.parameters.get("symbol"))]


def all_orders(side: Matching, ask: Ask) -> Json:
    """Orders of a symbol, oldest first."""
    return [spot_order(order) for order in history(side, ask)]


def my_trades(side: Matching, ask: Ask) -> Json:
    """Trades of a symbol, oldest first."""
    return [spot_trade(order, fill) for order, fill in trades(side, ask)]


# --- shared with futures --------------------------------------------------------------------------


def find(side: Matching, ask: Ask, absent: Refusal | None = None) -> Order:
    """The order that ``orderId`` or ``origClientOrderId`` names; the newest of a client id."""
    refusal = absent or Refusal(-2013, "Order does not exist.")
    symbol, number = ask.past_market().symbol, ask.whole("orderId")
    if number is not None:
        order = side.orders.get(number)
        if order is None or order.market.symbol != symbol or isinstance(order, AlgoOrder):
            raise refusal
        return order
    client_id = ask.parameters.get("origClientOrderId")
    if not client_id:
        raise missing_parameter("orderId")
    return newest(side, lambda o: o.client_id == client_id and o.market.symbol == symbol, refusal)


def newest(side: Matching, wanted: Callable[[Order], bool], refusal: Refusal) -> Order:
    """The newest order that is wanted."""
    for order in reversed(side.orders.values()):
        if wanted(order) and not isinstance(order, AlgoOrder):
            return order
    raise refusal


def end(side: Matching, order: Order, now_ms: int) -> None:
    """Cancel an order that is still open."""
    if not order.is_open:
        raise Refusal(-2011, "Unknown order sent.")
    side.end(order, CANCELED, now_ms)


def refuse_duplicate(side: Matching, order: Order, refusal: Refusal) -> None:
    """Refuse a client id that an open order has."""
    if any(each.client_id == order.client_id for each in side.open_orders()):
        raise refusal


def history(side: Matching, ask: Ask) -> list[Order]:
    """Orders of a symbol between the times asked for, at most ``limit``."""
    symbol = ask.past_market().symbol
    start, stop = ask.whole("startTime") or 0, ask.whole("endTime") or ask.now
    found = [
        order
        for order in side.orders.values()
        if order.market.symbol == symbol
        and start <= order.created <= stop
        and not isinstance(order, AlgoOrder)
    ]
    limit = ask.limit(500, 1000)
    return found[:limit] if ask.parameters.get("startTime") else found[-limit:]


def trades(side: Matching, ask: Ask) -> list[tuple[Order, Fill]]:
    """Trades of a symbol, of one order or between two times."""
    symbol, number = ask.past_market().symbol, ask.whole("orderId")
    start, stop = ask.whole("startTime") or 0, ask.whole("endTime") or ask.now
    first = ask.whole("fromId") or 0
    found = [
        (order, fill)
        for order, fill in side.fills
        if order.market.symbol == symbol
        and number in (None, order.number)
        and start <= fill.time <= stop
        and fill.number >= first
    ]
    return found[: ask.limit(500, 1000)]


def triggers_now(order: Order, ask: Ask) -> bool:
    """Whether the last price is beyond the trigger already."""
    last = exact(ask.last(order.market).price)
    return (last - order.stop_price) * order.trigger_sign >= 0
