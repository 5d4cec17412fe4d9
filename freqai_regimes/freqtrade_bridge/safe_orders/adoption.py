"""Gives an order that freqtrade does not know its place in freqtrade's books."""

from __future__ import annotations

import copy
import logging
from typing import Any

from freqtrade.exchange import timeframe_to_minutes
from freqtrade.persistence import Order, Trade
from freqtrade.util import dt_from_ts

logger = logging.getLogger(__name__)

DEAD_STATES = ("canceled", "expired", "rejected")


def is_known(order_id: str, pair: str) -> bool:
    """Whether an order is in freqtrade's database."""
    return Order.order_by_id(order_id, pair) is not None


def open_trade(pair: str) -> Trade | None:
    """The open trade of a pair, if there is one."""
    found = Trade.get_trades([Trade.pair == pair, Trade.is_open.is_(True)]).first()
    return found if isinstance(found, Trade) else None


def adopt(order: dict[str, Any], intent: dict[str, Any], strategy: Any, exchange: Any) -> str:
    """Enter an order of the exchange into trade and order rows; returns what was done, in words.

    ``known`` if it is there already, ``ended`` if it came to nothing. An order that belongs to no
    open trade is not entered: only a new entry makes a trade.
    The order is entered as open, whatever its state: freqtrade itself asks for its state in its
    next loop, books the fill, the fees and the profit, and sends its messages.
    """
    pair, stop = str(intent["symbol"]), bool(intent.get("stop"))
    order = exchange._order_contracts_to_amount(copy.deepcopy(order))
    if is_known(order["id"], pair):
        return "known"
    filled = float(order.get("filled") or 0)
    if order.get("status") in DEAD_STATES and not filled:
        return "ended"
    trade = open_trade(pair)
    sells_coins = intent["side"] == "sell" and exchange.trading_mode.value == "spot"
    if trade is None and (stop or sells_coins or intent.get("reduce")):
        return f"{pair}: order {order['id']} belongs to no open trade"
    row = _row(order, intent, "stoploss" if stop else str(intent["side"]))
    if trade is None:
        trade = _new_trade(order, intent, strategy, exchange)
    elif not stop and intent["side"] == trade.exit_side and not trade.exit_reason:
        trade.exit_reason = str(intent.get("tag") or "adopted")
    trade.orders.append(row)
    Trade.session.add(trade)
    Trade.commit()
    strategy.wallets.update()
    what = "stop" if stop else ("entry" if intent["side"] == trade.entry_side else "exit")
    return f"{pair}: {what} order {order['id']} adopted into trade {trade.id}"


def _row(order: dict[str, Any], intent: dict[str, Any], side: str) -> Order:
    unread = {**order, "status": "open", "filled": 0.0, "remaining": order["amount"]}
    unread["average"] = None
    row = Order.parse_from_ccxt_object(
        unread, intent["symbol"], side, order["amount"], asked_price(order, intent)
    )
    row.ft_order_tag = intent.get("tag")
    return row


def asked_price(order: dict[str, Any], intent: dict[str, Any]) -> float:
    """Price that the order names: its limit, else its trigger, else at what it was filled."""
    named = (
        order.get("price"),
        intent.get("price"),
        intent.get("params", {}).get("stopPrice"),
        order.get("triggerPrice"),
        order.get("average"),
    )
    return float(next((price for price in named if price), 0.0))


def _new_trade(
    order: dict[str, Any], intent: dict[str, Any], strategy: Any, exchange: Any
) -> Trade:
    """The row that freqtrade would have written, had it got the answer."""
    pair, amount = str(intent["symbol"]), float(order["amount"])
    rate = float(order.get("average") or asked_price(order, intent))
    leverage = float(intent.get("leverage") or 1.0)
    config = strategy.config
    fee = exchange.get_fee(symbol=pair, taker_or_maker="maker")
    trade = Trade(
        pair=pair,
        base_currency=exchange.get_pair_base_currency(pair),
        stake_currency=config["stake_currency"],
        stake_amount=amount * rate / leverage,
        amount=0,
        is_open=True,
        amount_requested=exchange._contracts_to_amount(pair, float(intent["amount"])),
        fee_open=fee,
        fee_close=fee,
        open_rate=rate,
        open_rate_requested=float(intent["price"] or rate),
        open_date=dt_from_ts(order["timestamp"]),
        exchange=exchange.id,
        strategy=strategy.get_strategy_name(),
        enter_tag=intent.get("tag"),
        timeframe=timeframe_to_minutes(config["timeframe"]),
        leverage=leverage,
        is_short=intent["side"] == "sell",
        trading_mode=exchange.trading_mode,
        funding_fees=0.0,
        amount_precision=exchange.get_precision_amount(pair),
        price_precision=exchange.get_precision_price(pair),
        precision_mode=exchange.precisionMode,
        precision_mode_price=exchange.precision_mode_price,
        contract_size=exchange.get_contract_size(pair),
    )
    trade.adjust_stop_loss(trade.open_rate, strategy.stoploss, initial=True)
    return trade
