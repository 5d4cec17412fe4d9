"""The exchange's own books at a glance: start, trades, fees and payments must give the balances."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.trading.candle_path import exact
from freqai_regimes.local_exchange.trading.desk import Desk
from freqai_regimes.local_exchange.trading.futures_account import SETTLEMENT, FuturesAccount
from freqai_regimes.local_exchange.trading.matching import Matching, summary
from freqai_regimes.local_exchange.trading.order import ZERO, number_text
from freqai_regimes.local_exchange.trading.spot_account import Flow, SpotAccount


def audit(desk: Desk, now_ms: int) -> dict[str, Json]:
    """Orders, trades and balances of both accounts; ``difference`` is 0 in exact decimals.

    The expected balance is summed up anew from the start and the single trades and payments, not
    read from the account.
    """
    return {
        "time": now_ms,
        "spot": _spot(desk.sides[SPOT], now_ms, desk.options.margin_asset),
        "futures": _futures(desk.sides[FUTURES], now_ms),
        "events": dict(desk.log.counts),
    }


def summary_line(books: Any) -> str:
    """One line of an audit, for the log.

    >>> summary_line(
    ...     {
    ...         "spot": {"orders": 2, "trades": 1, "equity": "9", "balances": {}},
    ...         "futures": {"orders": 0, "trades": 0, "equity": "5", "wallet": {"difference": "0"}},
    ...         "events": {},
    ...     }
    ... )
    'spot 2 orders, 1 trades, equity 9; futures 0 orders, 0 trades, equity 5; 0 faults; books even'
    """
    rows = [*books["spot"]["balances"].values(), books["futures"]["wallet"]]
    even = all(row["difference"] == "0" for row in rows)
    sides = [
        f"{kind} {books[kind]['orders']} orders, {books[kind]['trades']} trades, "
        f"equity {books[kind]['equity']}"
        for kind in (SPOT, FUTURES)
    ]
    faults = books["events"].get("fault", 0)
    return "; ".join([*sides, f"{faults} faults", "books even" if even else "BOOKS NOT EVEN"])


def _spot(side: Matching, now_ms: int, quote: str) -> dict[str, Json]:
    account = side.account
    assert isinstance(account, SpotAccount)
    flows, held = account.flows(side.fills), account.held()
    rows: dict[str, Json] = {}
    for coin in sorted({*flows, *held}):
        flow, start = flows.get(coin, Flow()), account.start.get(coin, ZERO)
        sums = {
            "start": start,
            "received": flow.received,
            "given": flow.given,
            "fees": flow.fees,
            "expected": start + flow.net,
            "held": held.get(coin, ZERO),
            "locked": account.locked.get(coin, ZERO),
            "difference": held.get(coin, ZERO) - start - flow.net,
        }
        rows[coin] = {name: number_text(value) for name, value in sums.items()}
    dust = {coin: number_text(amount) for coin, amount in _dust(side, held, now_ms).items()}
    equity = number_text(_worth(side, held, now_ms, quote))
    return {**_orders(side), "balances": rows, "dust": dust, "equity": equity}


def _worth(side: Matching, held: dict[str, Decimal], now_ms: int, quote: str) -> Decimal:
    """All coins at their last prices, in the quote coin; those without a price count nothing."""
    ask = Ask(side.store, SPOT, now_ms, {})
    prices = {m.base: exact(ask.last(m).price) for m in ask.listed() if m.quote == quote}
    prices[quote] = Decimal(1)
    return sum((amount * prices.get(coin, ZERO) for coin, amount in held.items()), ZERO)


def _dust(side: Matching, held: dict[str, Decimal], now_ms: int) -> dict[str, Decimal]:
    """What is too little to be sold, by coin: below the least order, or below one step of it."""
    found: dict[str, Decimal] = {}
    ask = Ask(side.store, SPOT, now_ms, {})
    for market in ask.listed():
        amount = held.get(market.base, ZERO)
        rule = ask.rule(market)
        value = amount * exact(ask.last(market).price)
        sold = amount - amount % rule.step if value >= rule.min_notional else ZERO
        left = amount - (sold if sold >= rule.min_quantity else ZERO)
        if left:
            found[market.base] = min(left, found.get(market.base, left))
    return found


def _futures(side: Matching, now_ms: int) -> dict[str, Json]:
    account = side.account
    assert isinstance(account, FuturesAccount)
    ask = Ask(side.store, FUTURES, now_ms, {})
    profit = ZERO
    positions: dict[str, Json] = {}
    for symbol, position in account.positions.items():
        market = side.store.market(FUTURES, symbol)
        if position.amount and market is not None:
            mark = exact(ask.last(market).price)
            profit += position.profit(mark)
            positions[symbol] = {
                "amount": number_text(position.amount),
                "entry": number_text(position.entry),
                "margin": number_text(position.margin),
                "profit": number_text(position.profit(mark)),
            }
    expected = account.expected(side.fills)
    return {
        **_orders(side),
        "wallet": {
            "start": number_text(account.start),
            "expected": number_text(expected),
            "held": number_text(account.wallet),
            "difference": number_text(account.wallet - expected),
            "locked": number_text(account.locked),
            "realized": number_text(sum((fill.realized for _, fill in side.fills), ZERO)),
            "fees": number_text(sum((fill.fee for _, fill in side.fills), ZERO)),
            "funding": number_text(account.paid("FUNDING_FEE")),
            "liquidation": number_text(account.paid("LIQUIDATION")),
            "settlement": number_text(account.paid(SETTLEMENT)),
        },
        "positions": positions,
        "equity": number_text(account.wallet + profit),
    }


def _orders(side: Matching) -> dict[str, Json]:
    fees: dict[str, Decimal] = {}
    for _, fill in side.fills:
        fees[fill.fee_asset] = fees.get(fill.fee_asset, ZERO) + fill.fee
    open_now = [
        {name: number_text(v) if isinstance(v, Decimal) else v for name, v in summary(o).items()}
        for o in side.open_orders()
    ]
    return {
        "orders": len(side.orders),
        "open": open_now,
        "trades": len(side.fills),
        "fees": {coin: number_text(fee) for coin, fee in sorted(fees.items())},
    }
