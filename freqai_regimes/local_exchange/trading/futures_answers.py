"""Private endpoints of the USDT-M futures side: orders, conditional orders, trades."""

from __future__ import annotations

from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.refusal import Refusal, missing_parameter
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.order import CANCELED, AlgoOrder, Order
from freqai_regimes.local_exchange.trading.order_answers import (
    algo_order,
    futures_order,
    futures_trade,
)
from freqai_regimes.local_exchange.trading.order_request import read_algo_order, read_order
from freqai_regimes.local_exchange.trading.position_answers import futures_account
from freqai_regimes.local_exchange.trading.spot_answers import (
    end,
    find,
    history,
    refuse_duplicate,
    trades,
    triggers_now,
)


def place(side: Matching, ask: Ask) -> Json:
    """New order."""
    order = read_order(ask, side.next_number())
    refuse_duplicate(side, order, Refusal(-4116, "ClientOrderId is duplicated."))
    _refuse_needless(side, order)
    if order.time_in_force == "GTX" and side.would_cross(order):
        raise Refusal(
            -5022,
            "Due to the order could not be executed as maker, the Post Only order will be "
            "rejected.",
        )
    side.place(order)
    return futures_order(order)


def place_algo(side: Matching, ask: Ask) -> Json:
    """New conditional order."""
    order = read_algo_order(ask, side.next_number())
    refuse_duplicate(side, order, Refusal(-20132, "The client algo id is duplicated."))
    if triggers_now(order, ask):
        raise Refusal(-2021, "Order would immediately trigger.")
    side.place(order)
    return algo_order(order)


def query(side: Matching, ask: Ask) -> Json:
    """One order."""
    return futures_order(find(side, ask))


def cancel(side: Matching, ask: Ask) -> Json:
    """Cancel one order."""
    order = find(side, ask, Refusal(-2011, "Unknown order sent."))
    end(side, order, ask.now)
    return futures_order(order)


def query_algo(side: Matching, ask: Ask) -> Json:
    """One conditional order."""
    return algo_order(_find_algo(side, ask))


def cancel_algo(side: Matching, ask: Ask) -> Json:
    """Cancel one conditional order."""
    order = _find_algo(side, ask)
    if not order.is_open:
        raise Refusal(-2011, "Unknown order sent.")
    side.end(order, CANCELED, ask.now)
    return {
        "algoId": order.number,
        "clientAlgoId": order.client_id,
        "code": "200",
        "msg": "success",
    }


def open_orders(side: Matching, ask: Ask) -> Json:
    """Open orders, without conditional ones."""
    found = side.open_orders(ask.parameters.get("symbol"))
    return [futures_order(order) for order in found if not isinstance(order, AlgoOrder)]


def open_algo_orders(side: Matching, ask: Ask) -> Json:
    """Open conditional orders."""
    found = side.open_orders(ask.parameters.get("symbol"))
    return [algo_order(order) for order in found if isinstance(order, AlgoOrder)]


def all_algo_orders(side: Matching, ask: Ask) -> Json:
    """All conditional orders of a symbol, oldest first."""
    symbol = ask.past_market().symbol
    return [
        algo_order(order)
        for order in side.orders.values()
        if isinstance(order, AlgoOrder) and order.market.symbol == symbol
    ]


def all_orders(side: Matching, ask: Ask) -> Json:
    """Orders of a symbol, oldest first."""
    return [futures_order(order) for order in history(side, ask)]


def user_trades(side: Matching, ask: Ask) -> Json:
    """Trades of a symbol, oldest first."""
    return [futures_trade(order, fill) for order, fill in trades(side, ask)]


def _refuse_needless(side: Matching, order: Order) -> None:
    """Refuse a reduce-only order that would reduce nothing."""
    held = futures_account(side).position(order.market.symbol).amount
    if order.reduce_only and held * order.sign >= 0:
        raise Refusal(-2022, "ReduceOnly Order is rejected.")
    if order.reduce_only and order.quantity > abs(held):
        order.quantity = abs(held)


def _find_algo(side: Matching, ask: Ask) -> AlgoOrder:
    number, client_id = ask.whole("algoId"), ask.parameters.get("clientAlgoId")
    if number is None and not client_id:
        raise missing_parameter("algoId")
    for order in reversed(side.orders.values()):
        if isinstance(order, AlgoOrder) and (
            order.number == number if number is not None else order.client_id == client_id
        ):
            return order
    raise Refusal(-2013, "Order does not exist.")
