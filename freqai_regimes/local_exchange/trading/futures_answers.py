"""Private endpoints of the USDT-M futures side: account, positions, orders, conditional orders."""

from __future__ import annotations

from decimal import Decimal

from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.refusal import Refusal, missing_parameter
from freqai_regimes.local_exchange.trading.candle_path import exact
from freqai_regimes.local_exchange.trading.futures_account import (
    BRACKETS,
    FuturesAccount,
    Position,
)
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.order import (
    CANCELED,
    ZERO,
    AlgoOrder,
    Order,
    number_text,
)
from freqai_regimes.local_exchange.trading.order_answers import (
    algo_order,
    futures_order,
    futures_trade,
)
from freqai_regimes.local_exchange.trading.order_request import read_algo_order, read_order
from freqai_regimes.local_exchange.trading.spot_answers import (
    end,
    find,
    history,
    refuse_duplicate,
    trades,
    triggers_now,
)


def position_mode(side: Matching, ask: Ask) -> Json:
    """One-way positions only."""
    return {"dualSidePosition": False}


def multi_assets(side: Matching, ask: Ask) -> Json:
    """Margin in one asset only."""
    return {"multiAssetsMargin": False}


def leverage_brackets(side: Matching, ask: Ask) -> Json:
    """The same brackets for each symbol."""
    ends = [bracket[0] for bracket in BRACKETS[1:]] + [Decimal(50_000_000)]
    brackets: list[Json] = [
        {
            "bracket": number + 1,
            "initialLeverage": leverage,
            "notionalCap": int(end_),
            "notionalFloor": int(floor),
            "maintMarginRatio": float(rate),
            "cum": float(deducted),
        }
        for number, ((floor, leverage, rate, deducted), end_) in enumerate(
            zip(BRACKETS, ends, strict=True)
        )
    ]
    return [{"symbol": market.symbol, "brackets": brackets} for market in ask.wanted()[0]]


def account(side: Matching, ask: Ask) -> Json:
    """Wallet and margin."""
    held = _account(side)
    profit = sum((_profit(ask, s, p) for s, p in held.positions.items()), ZERO)
    margin = sum((p.margin for p in held.positions.values()), ZERO)
    sums: dict[str, Json] = {
        "walletBalance": number_text(held.wallet),
        "unrealizedProfit": number_text(profit),
        "marginBalance": number_text(held.wallet + profit),
        "initialMargin": number_text(margin + held.locked),
        "positionInitialMargin": number_text(margin),
        "openOrderInitialMargin": number_text(held.locked),
        "maintMargin": "0",
        "crossWalletBalance": number_text(held.wallet - margin),
        "crossUnPnl": "0",
        "availableBalance": number_text(held.available),
        "maxWithdrawAmount": number_text(held.available),
    }
    positions = [_risk(ask, symbol, position) for symbol, position in held.positions.items()]
    return {
        "totalWalletBalance": sums["walletBalance"],
        "totalUnrealizedProfit": sums["unrealizedProfit"],
        "totalMarginBalance": sums["marginBalance"],
        "totalInitialMargin": sums["initialMargin"],
        "totalMaintMargin": "0",
        "availableBalance": sums["availableBalance"],
        "canTrade": True,
        "assets": [{"asset": held.asset, **sums, "updateTime": ask.now}],
        "positions": [each for each in positions if each["positionAmt"] != "0"],
    }


def position_risk(side: Matching, ask: Ask) -> Json:
    """Positions that are open, or the one asked for."""
    wanted = ask.parameters.get("symbol")
    rows = [_risk(ask, symbol, held) for symbol, held in _account(side).positions.items()]
    return [row for row in rows if row["positionAmt"] != "0" and wanted in (None, row["symbol"])]


def set_leverage(side: Matching, ask: Ask) -> Json:
    """Leverage of a symbol; refused while a position would get another margin."""
    symbol, leverage = ask.market().symbol, ask.whole("leverage")
    if leverage is None:
        raise missing_parameter("leverage")
    if not 1 <= leverage <= BRACKETS[0][1]:
        raise Refusal(-4028, f"Leverage {leverage} is not valid")
    position = _account(side).position(symbol)
    if position.amount and leverage < position.leverage:
        raise Refusal(-4161, "Leverage reduction is not supported in Isolated Margin Mode.")
    position.leverage = leverage
    return {"symbol": symbol, "leverage": leverage, "maxNotionalValue": "50000"}


def set_margin_type(side: Matching, ask: Ask) -> Json:
    """Isolated margin only; asking for it again is an error, as on Binance."""
    symbol, wanted = ask.market().symbol, ask.text("marginType").lower()
    if wanted != "isolated":
        raise Refusal(-4168, "This exchange keeps isolated margin only.")
    position = _account(side).position(symbol)
    if position.margin_type == wanted:
        raise Refusal(-4046, "No need to change margin type.")
    position.margin_type = wanted
    return {"code": 200, "msg": "success"}


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
    symbol = ask.market().symbol
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


def income(side: Matching, ask: Ask) -> Json:
    """Funding paid and received, and what liquidations took."""
    held, symbol = _account(side), ask.parameters.get("symbol")
    start, stop = ask.whole("startTime") or 0, ask.whole("endTime") or ask.now
    kind = ask.parameters.get("incomeType")
    rows: list[Json] = [
        {
            "symbol": payment.symbol,
            "incomeType": payment.kind,
            "income": number_text(payment.amount),
            "asset": held.asset,
            "info": payment.kind,
            "time": payment.time,
            "tranId": payment.number,
            "tradeId": "",
        }
        for payment in held.payments
        if symbol in (None, payment.symbol)
        and kind in (None, payment.kind)
        and start <= payment.time <= stop
    ]
    return rows[-ask.limit(100, 1000) :]


def _account(side: Matching) -> FuturesAccount:
    assert isinstance(side.account, FuturesAccount)
    return side.account


def _refuse_needless(side: Matching, order: Order) -> None:
    """Refuse a reduce-only order that would reduce nothing."""
    held = _account(side).position(order.market.symbol).amount
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


def _profit(ask: Ask, symbol: str, position: Position) -> Decimal:
    return position.profit(_mark(ask, symbol)) if position.amount else ZERO


def _mark(ask: Ask, symbol: str) -> Decimal:
    return exact(ask.last(ask.named(symbol)).price)


def _risk(ask: Ask, symbol: str, position: Position) -> dict[str, Json]:
    mark = _mark(ask, symbol)
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": number_text(position.amount),
        "entryPrice": number_text(position.entry),
        "breakEvenPrice": number_text(position.entry),
        "markPrice": number_text(mark),
        "unRealizedProfit": number_text(position.profit(mark)),
        "liquidationPrice": number_text(position.liquidation_price().quantize(Decimal("1e-8"))),
        "isolatedMargin": number_text(position.margin + position.profit(mark)),
        "notional": number_text(position.amount * mark),
        "isolatedWallet": number_text(position.margin),
        "initialMargin": number_text(position.margin),
        "maintMargin": number_text(position.maintenance(mark) if position.amount else ZERO),
        "positionInitialMargin": number_text(position.margin),
        "openOrderInitialMargin": "0",
        "adl": "1",
        "bidNotional": "0",
        "askNotional": "0",
        "marginAsset": ask.named(symbol).quote,
        "leverage": str(position.leverage),
        "marginType": position.margin_type,
        "updateTime": position.updated,
    }
