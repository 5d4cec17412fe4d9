"""Reads an order from a request and holds it against the symbol's filters, as Binance does."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from freqai_regimes.candles import SPOT
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.refusal import Refusal, invalid_value, missing_parameter
from freqai_regimes.local_exchange.symbol_filters import SymbolFilter
from freqai_regimes.local_exchange.trading.order import BUY, SELL, ZERO, AlgoOrder, Order

#: Of a stop or target on spot: at the market, or with ``_LIMIT`` at a price.
SPOT_TRIGGERED = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
SPOT_KINDS = ("LIMIT", "LIMIT_MAKER", "MARKET", *SPOT_TRIGGERED)
FUTURES_KINDS = ("LIMIT", "MARKET")
ALGO_KINDS = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX")  # the last on futures only


def read_order(ask: Ask, number: int) -> Order:
    """An order for spot or futures (``ask.kind``).

    Raises
    ------
    Refusal
        -1102 for what is missing, -1111 and -1013 for steps and minimums, -1116 for another type.
    """
    kinds = SPOT_KINDS if ask.kind == SPOT else FUTURES_KINDS
    kind = _choice(ask, "type", kinds, Refusal(-1116, "Invalid orderType."))
    order = _order(ask, number, kind, Order, ask.parameters.get("newClientOrderId"))
    if kind in SPOT_TRIGGERED:
        order.trigger = order.stop_price = _price(ask, "stopPrice")
    return order


def read_algo_order(ask: Ask, number: int) -> AlgoOrder:
    """A conditional order for futures; same errors as ``read_order``."""
    if ask.parameters.get("closePosition", "false").lower() == "true":
        raise Refusal(-1106, "Parameter 'closePosition' sent when not required: give a quantity.")
    kind = _choice(ask, "type", ALGO_KINDS, Refusal(-1116, "Invalid orderType."))
    order = _order(ask, number, kind, AlgoOrder, ask.parameters.get("clientAlgoId"))
    order.trigger = order.stop_price = _price(ask, "triggerPrice")
    assert isinstance(order, AlgoOrder)
    order.working_type = ask.parameters.get("workingType", "CONTRACT_PRICE")
    return order


def _order(ask: Ask, number: int, kind: str, form: type[Order], client_id: str | None) -> Order:
    market = ask.past_market()
    if ask.delisted_at(market) is not None:
        raise _closed(ask.kind)
    rule = ask.rule(market)
    side = _choice(ask, "side", (BUY, SELL), Refusal(-1117, "Invalid side."))
    at_market = kind.endswith("MARKET") or (ask.kind == SPOT and kind in SPOT_TRIGGERED[::2])
    price = ZERO if at_market else _price(ask, "price")
    time_in_force = ask.parameters.get("timeInForce", "GTC")
    if time_in_force not in TIMES_IN_FORCE[: 3 if ask.kind == SPOT else None]:
        raise Refusal(-1115, "Invalid timeInForce.")
    quantity = _quantity(ask, rule, price)
    value = quantity * (price or Decimal(repr(ask.last(market).price)))
    reduce_only = ask.parameters.get("reduceOnly", "false").lower() == "true"
    if value < rule.min_notional and not reduce_only:
        raise _notional(ask.kind, rule)
    return form(
        number=number,
        client_id=client_id or f"local-{number}",
        market=market,
        side=side,
        kind=kind,
        time_in_force="GTX" if kind == "LIMIT_MAKER" else time_in_force,
        quantity=quantity,
        price=price,
        created=ask.now,
        updated=ask.now,
        reduce_only=reduce_only,
    )


def _quantity(ask: Ask, rule: SymbolFilter, price: Decimal) -> Decimal:
    if not ask.parameters.get("quantity") and ask.parameters.get("quoteOrderQty"):
        wanted = _decimal(ask, "quoteOrderQty")
        book = ask.book(ask.market(), 1)
        offers = book.asks if ask.parameters.get("side") == BUY else book.bids
        if not offers:
            raise Refusal(-2010, "Market is closed.")
        steps = (wanted / offers[0][0] / rule.step).to_integral_value(ROUND_FLOOR)
        return steps * rule.step
    quantity = _decimal(ask, "quantity")
    if quantity % rule.step:
        raise Refusal(-1111, "Parameter 'quantity' has too much precision.")
    if quantity < rule.min_quantity:
        raise Refusal(-1013, "Filter failure: LOT_SIZE")
    return quantity


def _price(ask: Ask, name: str) -> Decimal:
    price = _decimal(ask, name)
    if price <= 0:
        raise invalid_value(name)
    if price % ask.rule(ask.market()).tick:
        raise Refusal(-1013, "Filter failure: PRICE_FILTER")
    return price


def _decimal(ask: Ask, name: str) -> Decimal:
    try:
        value = Decimal(ask.text(name))
    except InvalidOperation as error:
        raise missing_parameter(name) from error
    if not value.is_finite():
        raise missing_parameter(name)
    return value


def _choice(ask: Ask, name: str, allowed: tuple[str, ...], refusal: Refusal) -> str:
    value = ask.text(name).upper()
    if value not in allowed:
        raise refusal
    return value


def _closed(kind: str) -> Refusal:
    if kind == SPOT:
        return Refusal(-1013, "Market is closed.")
    words = "Symbol is on delivering or delivered or settling or closed or pre-trading."
    return Refusal(-4108, words)


def _notional(kind: str, rule: SymbolFilter) -> Refusal:
    if kind == SPOT:
        return Refusal(-1013, "Filter failure: NOTIONAL")
    return Refusal(
        -4164,
        f"Order's notional must be no smaller than {rule.min_notional} (unless you choose "
        "reduce only).",
    )
