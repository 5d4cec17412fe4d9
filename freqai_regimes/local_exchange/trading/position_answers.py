"""Private endpoints of the USDT-M futures side: account, positions, leverage, income."""

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
from freqai_regimes.local_exchange.trading.order import ZERO, number_text


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
    held = futures_account(side)
    profit = sum((p.profit(_mark(ask, s)) for s, p in _open_positions(held)), ZERO)
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
    positions: list[Json] = [_risk(ask, *each) for each in _open_positions(held)]
    return {
        "totalWalletBalance": sums["walletBalance"],
        "totalUnrealizedProfit": sums["unrealizedProfit"],
        "totalMarginBalance": sums["marginBalance"],
        "totalInitialMargin": sums["initialMargin"],
        "totalMaintMargin": "0",
        "availableBalance": sums["availableBalance"],
        "canTrade": True,
        "assets": [{"asset": held.asset, **sums, "updateTime": ask.now}],
        "positions": positions,
    }


def position_risk(side: Matching, ask: Ask) -> Json:
    """Positions that are open, or the one asked for."""
    wanted = ask.parameters.get("symbol")
    found = _open_positions(futures_account(side))
    return [_risk(ask, *each) for each in found if wanted in (None, each[0])]


def set_leverage(side: Matching, ask: Ask) -> Json:
    """Leverage of a symbol; refused while a position would get another margin."""
    symbol, leverage = ask.market().symbol, ask.whole("leverage")
    if leverage is None:
        raise missing_parameter("leverage")
    if not 1 <= leverage <= BRACKETS[0][1]:
        raise Refusal(-4028, f"Leverage {leverage} is not valid")
    position = futures_account(side).position(symbol)
    if position.amount and leverage < position.leverage:
        raise Refusal(-4161, "Leverage reduction is not supported in Isolated Margin Mode.")
    position.leverage = leverage
    return {"symbol": symbol, "leverage": leverage, "maxNotionalValue": "50000"}


def set_margin_type(side: Matching, ask: Ask) -> Json:
    """Isolated margin only; asking for it again is an error, as on Binance."""
    symbol, wanted = ask.market().symbol, ask.text("marginType").lower()
    if wanted != "isolated":
        raise Refusal(-4168, "This exchange keeps isolated margin only.")
    position = futures_account(side).position(symbol)
    if position.margin_type == wanted:
        raise Refusal(-4046, "No need to change margin type.")
    position.margin_type = wanted
    return {"code": 200, "msg": "success"}


def income(side: Matching, ask: Ask) -> Json:
    """Funding paid and received, and what liquidations took."""
    held, symbol = futures_account(side), ask.parameters.get("symbol")
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
    limit = ask.limit(100, 1000)
    return rows[:limit] if ask.parameters.get("startTime") else rows[-limit:]


def futures_account(side: Matching) -> FuturesAccount:
    """Return the account of the futures side."""
    assert isinstance(side.account, FuturesAccount)
    return side.account


def _open_positions(held: FuturesAccount) -> list[tuple[str, Position]]:
    return [(symbol, position) for symbol, position in held.positions.items() if position.amount]


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
        "maintMargin": number_text(position.maintenance(mark)),
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
