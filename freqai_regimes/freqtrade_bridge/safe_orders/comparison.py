"""Exchange against database: what this bot's orders left there that freqtrade does not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.safe_orders.adoption import is_known

Order = dict[str, Any]
#: What lost orders come to may differ so much from what is held: fees in coins, dust of old trades.
TOLERANCE = 0.02
#: Where an exchange names no least value of an order, in stake currency.
LEAST_VALUE = 5.0


@dataclass
class Differences:
    """What the exchange has and the database has not.

    ``orders`` were sent by this bot, as their ids prove: open ones, and filled ones that explain to
    the coin why more or less is held than the trades say. ``unexplained`` are signed amounts of
    pairs for which that is not so: whose they are cannot be told from the exchange, so nobody
    touches them. They may also be fills that freqtrade has not asked for yet. ``leverage`` is that
    of positions.
    """

    orders: list[Order] = field(default_factory=list)
    unexplained: dict[str, float] = field(default_factory=dict)
    leverage: dict[str, float] = field(default_factory=dict)


def compare(exchange: Any, pairs: list[str], kept: dict[str, float], prefix: str) -> Differences:
    """Ask the exchange for open orders and holdings of these pairs.

    Parameters
    ----------
    kept : coins (by name) that were there before the bot and are none of its business.
    prefix : begin of the ids of this bot's orders.

    Raises
    ------
    ccxt.BaseError
        If the exchange cannot be asked.
    """
    api, found = exchange._api, Differences()
    futures = exchange.trading_mode.value == "futures"
    for pair in pairs:
        orders = api.fetch_open_orders(pair)
        if futures:
            orders = [*orders, *api.fetch_open_orders(pair, params={"stop": True})]
        found.orders += [order for order in orders if _is_lost(order, pair, prefix)]
    more = _positions(exchange, pairs, found) if futures else _coins(exchange, pairs, kept)
    for pair, amount in more.items():
        lost = _explaining(api.fetch_orders(pair), pair, prefix, amount)
        found.orders = [*lost, *found.orders]  # the entry first, then what protects it
        if not lost and not _is_spent(amount, kept.get(exchange.get_pair_base_currency(pair), 0.0)):
            found.unexplained[pair] = amount
    return found


def _is_spent(amount: float, kept: float) -> bool:
    """Whether no more is missing than was there before: fees in BNB, or the user's own doing."""
    return amount < 0 and -amount <= kept


def _is_lost(order: Order, pair: str, prefix: str) -> bool:
    ours = str(order.get("clientOrderId") or "").startswith(prefix)
    return ours and not is_known(order["id"], pair)


def _explaining(orders: list[Order], pair: str, prefix: str, amount: float) -> list[Order]:
    """The newest filled orders of ours that freqtrade lacks, if they come to this amount exactly.

    ``amount`` is signed: bought or sold. Oldest first; nothing where the sum does not agree, or
    where an order the other way lies between: then it is not known what is left of which.
    """
    lost = [o for o in orders if _is_lost(o, pair, prefix) and float(o.get("filled") or 0)]
    taken, total = [], 0.0
    for order in sorted(lost, key=lambda each: int(each["timestamp"]), reverse=True):
        if (order["side"] == "buy") != (amount > 0):
            return []
        taken.append(order)
        total += float(order["filled"])
        if abs(total - abs(amount)) <= TOLERANCE * abs(amount):
            return taken[::-1]
    return []


def _positions(exchange: Any, pairs: list[str], found: Differences) -> dict[str, float]:
    """Signed amounts of positions beyond those of the trades, where they differ."""
    booked = {pair: _booked(pair) for pair in pairs}
    held = dict.fromkeys(pairs, 0.0)
    for position in exchange._api.fetch_positions(pairs):
        pair, sign = position["symbol"], -1 if position.get("side") == "short" else 1
        amount = exchange._contracts_to_amount(pair, float(position.get("contracts") or 0))
        found.leverage[pair] = float(position.get("leverage") or 1.0)
        held[pair] = held.get(pair, 0.0) + sign * amount
    more = {pair: held[pair] - booked.get(pair, 0.0) for pair in held}
    return {pair: m for pair, m in more.items() if abs(m) > 0.01 * abs(held[pair] or booked[pair])}


def _coins(exchange: Any, pairs: list[str], kept: dict[str, float]) -> dict[str, float]:
    """Coins beyond those of the trades and those kept, where they are worth an order.

    What a trade leaves below a step of the amount is dust.
    """
    balances = exchange._api.fetch_balance().get("total", {})
    found = {}
    for pair in pairs:
        coin = exchange.get_pair_base_currency(pair)
        booked = _booked_coins(coin)
        more = float(balances.get(coin) or 0) - booked - kept.get(coin, 0.0)
        limits = exchange.markets[pair].get("limits", {})
        least = float((limits.get("amount") or {}).get("min") or 0.0)
        if abs(more) > max(least, 0.01 * booked):
            value = float((limits.get("cost") or {}).get("min") or LEAST_VALUE)
            price = float(exchange._api.fetch_ticker(pair)["last"] or 0.0)
            if abs(more) * price >= value:
                found[pair] = more
    return found


def coins_held(exchange: Any, pairs: list[str]) -> dict[str, float]:
    """Coins on the account that are in no trade: what was there before the bot."""
    totals = exchange._api.fetch_balance().get("total", {})
    coins = {exchange.get_pair_base_currency(pair) for pair in pairs}
    return {coin: max(0.0, float(totals.get(coin) or 0) - _booked_coins(coin)) for coin in coins}


def _booked(pair: str) -> float:
    """Signed amount of a pair's open trades."""
    trades = Trade.get_trades([Trade.pair == pair, Trade.is_open.is_(True)]).all()
    return float(sum((-trade.amount if trade.is_short else trade.amount) for trade in trades))


def _booked_coins(coin: str) -> float:
    """Coins in open trades, of whatever pair."""
    mine = [trade for trade in Trade.get_open_trades() if trade.safe_base_currency == coin]
    return float(sum(trade.amount for trade in mine))
