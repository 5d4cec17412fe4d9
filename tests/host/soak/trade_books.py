"""Freqtrade's books of each trade against the fills that the exchange made for its orders."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from freqai_regimes.candles import SPOT
from freqai_regimes.local_exchange import LocalExchange
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.trading.candle_path import exact
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.order import ZERO, AlgoOrder, Fill, Order
from freqai_regimes.local_exchange.trading.spot_account import SPOT_FEE

_TRADES = "select id, pair, is_open, close_profit_abs from trades"
_ORDERS = "select ft_trade_id, order_id, ft_order_side, filled from orders"


@dataclass(frozen=True)
class TradeBooks:
    """What differs by more than one step a trade, and the largest difference in stake currency.

    A step is that of the amount on spot, where the fee is taken in coins and what is below a step
    stays behind as dust; on futures that of the price, times the amount.
    """

    differences: list[str]
    largest: Decimal
    trades: int


def compare_trades(server: LocalExchange, database: Path, kind: str) -> TradeBooks:
    """Sum up the exchange's fills of each trade's orders, in exact decimals."""
    assert server.desk is not None
    side = server.desk.sides[kind]
    with closing(sqlite3.connect(database)) as connection:
        trades = connection.execute(_TRADES).fetchall()
        orders = connection.execute(_ORDERS).fetchall()
    lines, largest, closed = [], ZERO, 0
    for number, pair, is_open, booked in trades:
        mine = [(side.orders[int(each[1])], each[3] or 0.0) for each in orders if each[0] == number]
        rule = Ask(side.store, kind, server.clock.now_ms(), {}).rule(mine[0][0].market)
        for order, filled in mine:
            made = sum((fill.quantity for fill in _fills(order)), ZERO)
            if abs(made - Decimal(repr(filled))) >= rule.step:
                lines.append(f"trade {number} {pair}: order {order.number} {made} and {filled}")
        fills = [(order, fill) for order, _ in mine for fill in _fills(order)]
        if is_open or not fills:
            continue
        paid = _funding(side.account, fills)
        gained = sum((_money(order, fill, side) for order, fill in fills), paid)
        price = max(fill.price for _, fill in fills)
        if kind == SPOT:
            gained -= _out_of_dust(fills) * price
        difference = abs(gained - Decimal(repr(booked)))
        amount = sum((fill.quantity for order, fill in fills if order.sign > 0), ZERO)
        step = _spot_step(rule.step, amount) * price if kind == SPOT else rule.tick * amount
        largest, closed = max(largest, difference), closed + 1
        if difference > step:
            lines.append(f"trade {number} {pair}: gained {gained:.6f}, booked {booked:.6f}")
    return TradeBooks(lines, largest, closed)


def _spot_step(step: Decimal, amount: Decimal) -> Decimal:
    """A step of the amount; freqtrade also counts a fee in coins as if it were of what is left."""
    return step * (1 + SPOT_FEE) + amount * SPOT_FEE**2


def _fills(order: Order) -> list[Fill]:
    if isinstance(order, AlgoOrder):
        return order.child.fills if order.child is not None else []
    return order.fills


def _money(order: Order, fill: Fill, side: Matching) -> Decimal:
    """What a fill brings in the quote coin; its fee in coins has lessened what is sold later.

    A fee in another coin (BNB) counts at that coin's price when it was taken.
    """
    market, fee = order.market, fill.fee
    if side.kind == SPOT and fill.fee_asset == market.base:
        fee = ZERO
    elif fill.fee_asset not in (market.base, market.quote):
        fee *= _price(side, fill.fee_asset + market.quote, fill.time)
    return -order.sign * fill.value - fee


def _price(side: Matching, symbol: str, time: int) -> Decimal:
    ask = Ask(side.store, side.kind, time, {})
    return exact(ask.last(ask.named(symbol)).price)


def _out_of_dust(fills: list[tuple[Order, Fill]]) -> Decimal:
    """Coins that were sold beyond those received: freqtrade took the entry's fee out of dust."""
    sold = sum((fill.quantity for order, fill in fills if order.sign < 0), ZERO)
    bought = sum((fill.quantity for order, fill in fills if order.sign > 0), ZERO)
    fees = (fill.fee for order, fill in fills if fill.fee_asset == order.market.base)
    return max(sold - bought + sum(fees, ZERO), ZERO)


def _funding(account: Any, fills: list[tuple[Order, Fill]]) -> Decimal:
    """Funding that was paid between the first and the last fill: all events share one count."""
    if not isinstance(account, FuturesAccount):
        return ZERO
    symbol = fills[0][0].market.symbol
    numbers = [fill.number for _, fill in fills]
    paid = (p for p in account.payments if p.symbol == symbol and p.kind == "FUNDING_FEE")
    return sum((p.amount for p in paid if min(numbers) < p.number < max(numbers)), ZERO)
