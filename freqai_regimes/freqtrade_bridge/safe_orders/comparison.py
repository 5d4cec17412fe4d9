"""Exchange against database: orders of ours that freqtrade lost, positions without a trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.safe_orders.adoption import is_known
from freqai_regimes.freqtrade_bridge.safe_orders.order_guard import PREFIX


@dataclass(frozen=True)
class Differences:
    """What the exchange has and the database has not.

    ``orders`` carry our id: they were sent by this bot. ``positions`` and ``coins`` are lines for
    people: whose they are cannot be told from the exchange.
    """

    orders: list[dict[str, Any]]
    positions: list[str]
    coins: list[str]


def compare(exchange: Any, pairs: list[str], kept: dict[str, float]) -> Differences:
    """Ask the exchange for open orders and holdings of these pairs.

    Parameters
    ----------
    kept : coins (by name) that were there before the bot and are none of its business.

    Raises
    ------
    ccxt.BaseError
        If the exchange cannot be asked.
    """
    api, futures = exchange._api, exchange.trading_mode.value == "futures"
    orders = []
    for pair in pairs:
        found = api.fetch_open_orders(pair)
        if futures:
            found = [*found, *api.fetch_open_orders(pair, params={"stop": True})]
        orders += [order for order in found if _is_lost(order, pair)]
    if futures:
        return Differences(orders, _positions(api, pairs), [])
    return Differences(orders, [], _coins(api, exchange, pairs, kept))


def _is_lost(order: dict[str, Any], pair: str) -> bool:
    ours = str(order.get("clientOrderId") or "").startswith(PREFIX)
    return ours and not is_known(order["id"], pair)


def _positions(api: Any, pairs: list[str]) -> list[str]:
    lines = []
    for position in api.fetch_positions(pairs):
        held = float(position.get("contracts") or 0)
        sign = -1 if position.get("side") == "short" else 1
        booked = sum(
            (-trade.amount if trade.is_short else trade.amount)
            for trade in _open_trades(position["symbol"])
        )
        if held and abs(sign * held - booked) > 0.01 * held:
            lines.append(
                f"{position['symbol']}: a position of {sign * held:g} on the exchange, "
                f"{booked:g} in the trades"
            )
    return lines


def _coins(api: Any, exchange: Any, pairs: list[str], kept: dict[str, float]) -> list[str]:
    balances = api.fetch_balance().get("total", {})
    lines = []
    for pair in pairs:
        coin = exchange.get_pair_base_currency(pair)
        booked = sum(trade.amount for trade in _open_trades(pair))
        more = float(balances.get(coin) or 0) - booked - kept.get(coin, 0.0)
        least = (exchange.markets[pair].get("limits", {}).get("amount") or {}).get("min") or 0.0
        if more > max(10 * float(least), 0.01 * booked):
            lines.append(f"{pair}: {more:g} {coin} on the exchange that belong to no trade")
    return lines


def coins_held(exchange: Any, pairs: list[str]) -> dict[str, float]:
    """Coins on the account that are in no trade: what was there before the bot."""
    totals = exchange._api.fetch_balance().get("total", {})
    held = {}
    for pair in pairs:
        coin = exchange.get_pair_base_currency(pair)
        booked = sum(trade.amount for trade in _open_trades(pair))
        held[coin] = max(0.0, float(totals.get(coin) or 0) - booked)
    return held


def _open_trades(pair: str) -> list[Trade]:
    return list(Trade.get_trades([Trade.pair == pair, Trade.is_open.is_(True)]).all())
