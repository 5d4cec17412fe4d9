"""Orders and trades in Binance's JSON: spot, futures and conditional futures orders."""

from __future__ import annotations

from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.trading.order import (
    BUY,
    FINISHED,
    AlgoOrder,
    Fill,
    Order,
    number_text,
)


def spot_order(order: Order) -> dict[str, Json]:
    """One spot order."""
    return {
        "symbol": order.market.symbol,
        "orderId": order.number,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": number_text(order.price),
        "origQty": number_text(order.quantity),
        "executedQty": number_text(order.filled),
        "cummulativeQuoteQty": number_text(order.value),
        "status": order.status,
        "timeInForce": "GTC" if order.time_in_force == "GTX" else order.time_in_force,
        "type": order.kind,
        "side": order.side,
        "stopPrice": number_text(order.stop_price),
        "icebergQty": "0",
        "time": order.created,
        "updateTime": order.updated,
        "isWorking": order.trigger is None,
        "workingTime": order.created,
        "origQuoteOrderQty": "0",
        "selfTradePreventionMode": "NONE",
    }


def spot_placed(order: Order) -> dict[str, Json]:
    """Answer to a new spot order, with its fills."""
    fills: list[Json] = [
        {
            "price": number_text(fill.price),
            "qty": number_text(fill.quantity),
            "commission": number_text(fill.fee),
            "commissionAsset": fill.fee_asset,
            "tradeId": fill.number,
        }
        for fill in order.fills
    ]
    return {**spot_order(order), "transactTime": order.created, "fills": fills}


def spot_trade(order: Order, fill: Fill) -> dict[str, Json]:
    """One row of ``myTrades``."""
    return {
        "symbol": order.market.symbol,
        "id": fill.number,
        "orderId": order.number,
        "orderListId": -1,
        "price": number_text(fill.price),
        "qty": number_text(fill.quantity),
        "quoteQty": number_text(fill.value),
        "commission": number_text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": order.side == BUY,
        "isMaker": fill.maker,
        "isBestMatch": True,
    }


def futures_order(order: Order) -> dict[str, Json]:
    """One futures order."""
    return {
        "orderId": order.number,
        "symbol": order.market.symbol,
        "status": order.status,
        "clientOrderId": order.client_id,
        "price": number_text(order.price),
        "avgPrice": number_text(order.average),
        "origQty": number_text(order.quantity),
        "executedQty": number_text(order.filled),
        "cumQty": number_text(order.filled),
        "cumQuote": number_text(order.value),
        "timeInForce": order.time_in_force,
        "type": order.kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.kind,
        "time": order.created,
        "updateTime": order.updated,
    }


def futures_trade(order: Order, fill: Fill) -> dict[str, Json]:
    """One row of ``userTrades``."""
    return {
        "symbol": order.market.symbol,
        "id": fill.number,
        "orderId": order.number,
        "side": order.side,
        "positionSide": "BOTH",
        "price": number_text(fill.price),
        "qty": number_text(fill.quantity),
        "quoteQty": number_text(fill.value),
        "realizedPnl": number_text(fill.realized),
        "marginAsset": fill.fee_asset,
        "commission": number_text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "buyer": order.side == BUY,
        "maker": fill.maker,
    }


def algo_order(order: AlgoOrder) -> dict[str, Json]:
    """One conditional futures order; once triggered it names the order that trades."""
    child = order.child
    status = order.status
    if status == FINISHED and child is not None and child.is_open:
        status = "TRIGGERED"
    return {
        "algoId": order.number,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": order.kind,
        "symbol": order.market.symbol,
        "side": order.side,
        "positionSide": "BOTH",
        "timeInForce": order.time_in_force,
        "quantity": number_text(order.quantity),
        "algoStatus": status,
        "actualOrderId": str(child.number) if child is not None else "",
        "actualPrice": number_text(child.average) if child is not None else "0",
        "triggerPrice": number_text(order.stop_price),
        "price": number_text(order.price),
        "workingType": order.working_type,
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "createTime": order.created,
        "updateTime": order.updated,
        "triggerTime": order.triggered,
        "goodTillDate": 0,
    }
