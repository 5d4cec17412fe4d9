"""Freqtrade's database held against the exchange's own books after a soak."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from freqai_regimes.local_exchange import LocalExchange
from freqai_regimes.local_exchange.clock import iso
from freqai_regimes.local_exchange.trading.audit import audit
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.order import BUY, ZERO, AlgoOrder, Order
from tests.host.soak.trade_books import compare_trades


@dataclass
class Verdict:
    """What a soak came to, by the exchange's books.

    ``paid`` has the fees by coin, and the funding (received, if above 0).
    """

    equity: float
    orders: int
    trades: int
    faults: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    uneven: list[str] = field(default_factory=list)
    dust: list[str] = field(default_factory=list)
    misbooked: list[str] = field(default_factory=list)
    largest_difference: float = 0.0
    seconds_without_stop: float = 0.0
    without_stop: str = ""
    paid: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    kills: list[tuple[str, str]] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)

    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or left over, and all books are even."""
        return not (self.lost or self.doubled or self.orphans or self.uneven or self.misbooked)


def judge(server: LocalExchange, database: Path, kind: str) -> Verdict:
    """Compare the exchange's orders and holdings with freqtrade's trades and orders."""
    assert server.desk is not None
    side = server.desk.sides[kind]
    now = server.clock.now_ms()
    books: Any = audit(server.desk, now)[kind]
    known, open_amount = _database(database)
    verdict = Verdict(
        equity=_equity(server, kind, books),
        orders=len(side.orders),
        trades=len(side.fills),
        faults=server.desk.log.counts.get("fault", 0),
        kinds=_kinds(server),
    )
    for order in side.orders.values():
        if isinstance(order, AlgoOrder) or not order.client_id.startswith("algo-"):
            _look_at(order, known, verdict)
    held = _held(side)
    for symbol in {*held, *open_amount}:
        more = held.get(symbol, 0.0) - open_amount.get(symbol, 0.0)
        price = server_price(server, kind, symbol)
        if 0 < abs(more) * price <= 5:
            verdict.dust.append(f"{symbol}: {more:.8f} ({more * price:.4f} USDT)")
        elif more:
            verdict.orphans.append(f"{symbol}: {more:g} more on the exchange than in the trades")
    verdict.paid = {**books["fees"], "funding": books.get("wallet", {}).get("funding", "0")}
    rows = books["balances"] if kind == "spot" else {"wallet": books["wallet"]}
    verdict.uneven = [name for name, row in rows.items() if row["difference"] != "0"]
    books_of_trades = compare_trades(server, database, kind)
    verdict.misbooked = books_of_trades.differences
    verdict.largest_difference = float(books_of_trades.largest)
    verdict.doubled = _doubled(side.fills, kind)
    verdict.seconds_without_stop, verdict.without_stop = _longest_without_stop(server, kind)
    return verdict


def _kinds(server: LocalExchange) -> Counter[str]:
    """How often each kind of fault was met, by the event file."""
    assert server.desk is not None and server.desk.log.path is not None
    kinds: Counter[str] = Counter()
    for text in server.desk.log.path.read_text().splitlines():
        event = json.loads(text)
        if event["event"] == "fault":
            code = event["code"] if event["kind"] == "unavailable" else ""
            kinds[f"{event['kind']}{code}{' executed' if event['executed'] else ''}"] += 1
    return kinds


def server_price(server: LocalExchange, kind: str, symbol: str) -> float:
    """Last price of a symbol."""
    from freqai_regimes.local_exchange.ask import Ask

    assert server.desk is not None
    ask = Ask(server.desk.sides[kind].store, kind, server.clock.now_ms(), {})
    return ask.last(ask.named(symbol)).price


def _database(path: Path) -> tuple[set[str], dict[str, float]]:
    with closing(sqlite3.connect(path)) as connection:
        known = {str(row[0]) for row in connection.execute("select order_id from orders")}
        rows = connection.execute("select pair, amount, is_short from trades where is_open = 1")
        amounts: dict[str, float] = defaultdict(float)
        for pair, amount, is_short in rows:
            amounts[pair.split(":")[0].replace("/", "")] += -amount if is_short else amount
    return known, dict(amounts)


def _look_at(order: Order, known: set[str], verdict: Verdict) -> None:
    words = f"{order.number} {order.client_id} {order.market.symbol} {order.side} {order.kind}"
    if str(order.number) in known:
        return
    if order.is_open:
        verdict.orphans.append(f"open order {words}")
    elif order.filled or getattr(order, "child", None) is not None:
        verdict.lost.append(f"filled order {words}")


def _held(side: Matching) -> dict[str, float]:
    """Positions, or coins that orders have brought: without the start, and fees of other coins."""
    account = side.account
    if isinstance(account, FuturesAccount):
        return {name: float(p.amount) for name, p in account.positions.items() if p.amount}
    fees: dict[str, Decimal] = defaultdict(Decimal)
    for order, fill in side.fills:
        if fill.fee_asset not in (order.market.base, order.market.quote):
            fees[fill.fee_asset] += fill.fee
    return {
        f"{coin}USDT": float(amount - account.start.get(coin, ZERO) + fees[coin])
        for coin, amount in account.held().items()
        if coin != "USDT"
    }


def _equity(server: LocalExchange, kind: str, books: Any) -> float:
    if kind == "futures":
        return float(books["equity"])
    return sum(
        float(row["held"]) * (1.0 if coin == "USDT" else server_price(server, kind, f"{coin}USDT"))
        for coin, row in books["balances"].items()
    )


def _doubled(fills: list[Any], kind: str) -> list[str]:
    """Entries that were made while the position was whole already."""
    amount: dict[str, float] = defaultdict(float)
    largest: dict[str, float] = defaultdict(float)
    lines = []
    for order, fill in fills:
        symbol = order.market.symbol
        sign = 1 if order.side == BUY else -1
        before = amount[symbol] * float(fill.price)
        amount[symbol] += sign * float(fill.quantity)
        after = abs(amount[symbol] * float(fill.price))
        largest[symbol] = max(largest[symbol], after)
        if abs(before) > 50 and after > 1.5 * abs(before) and before * sign > 0:
            lines.append(f"{symbol}: {before:.0f} to {after:.0f} by order {order.number}")
    return lines


def _longest_without_stop(server: LocalExchange, kind: str) -> tuple[float, str]:
    """Longest virtual time for which a position had no resting stop; whose, and from when on."""
    assert server.desk is not None
    side = server.desk.sides[kind]
    moments: list[tuple[int, str, float, int]] = []
    for order, fill in side.fills:
        sign = 1 if order.side == BUY else -1
        fee = fill.fee if fill.fee_asset == order.market.base else 0
        moments.append((fill.time, order.market.symbol, float(sign * fill.quantity - fee), 0))
    for order in side.orders.values():
        if order.stop_price:
            moments.append((order.created, order.market.symbol, 0.0, 1))
            if not order.is_open:
                moments.append((order.updated, order.market.symbol, 0.0, -1))
    longest, held, stops, since = (0.0, ""), defaultdict(float), defaultdict(int), {}
    for time, symbol, change, stop in sorted(moments):
        held[symbol] += change
        stops[symbol] += stop
        bare = abs(held[symbol]) * server_price(server, kind, symbol) > 20 and not stops[symbol]
        if bare:
            since.setdefault(symbol, time)
        elif symbol in since:
            begin = since.pop(symbol)
            longest = max(longest, ((time - begin) / 1000, f"{symbol} {iso(begin)}"))
    for symbol, begin in since.items():
        lasting = (server.clock.now_ms() - begin) / 1000
        longest = max(longest, (lasting, f"{symbol} {iso(begin)}"))
    return longest
