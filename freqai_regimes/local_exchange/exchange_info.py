"""Which symbols there are and their trading rules, in the shapes that ccxt reads markets from."""

from __future__ import annotations

from decimal import Decimal

from freqai_regimes.candles import SPOT
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.market_answers import Json, each_market
from freqai_regimes.local_exchange.symbol_filters import SymbolFilter

PERPETUAL_DELIVERY_MS = 4_133_404_800_000  # 2100-12-25, Binance's sign for "never"
_SPOT_ORDERS = (
    *("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"),
    *("TAKE_PROFIT", "TAKE_PROFIT_LIMIT"),
)
_FUTURES_ORDERS = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")


def exchange_info(ask: Ask) -> Json:
    """Rules of one, some or all symbols.

    A symbol is listed from its first candle on, and stays when its data end: backtests and
    downloads need it; trading finds an empty order book.
    """
    describe = _spot_symbol if ask.kind == SPOT else _futures_symbol
    symbols = each_market(ask, lambda market: describe(market, ask.rule(market)))
    return {
        **no_symbols(ask.now),
        "symbols": symbols if isinstance(symbols, list) else [symbols],
    }


def no_symbols(now_ms: int) -> dict[str, Json]:
    """Answer of an exchange that trades nothing, as the coin-margined side here."""
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "rateLimits": [],
        "exchangeFilters": [],
        "assets": [],
        "symbols": [],
    }


def _spot_symbol(market: Market, rule: SymbolFilter) -> dict[str, Json]:
    return {
        "symbol": market.symbol,
        "status": "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": list(_SPOT_ORDERS),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [*_steps(rule), _minimum("NOTIONAL", "minNotional", rule)],
        "permissions": ["SPOT"],
    }


def _futures_symbol(market: Market, rule: SymbolFilter) -> dict[str, Json]:
    return {
        "symbol": market.symbol,
        "pair": market.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": market.first_ms,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.quote,
        "pricePrecision": _digits(rule.tick),
        "quantityPrecision": _digits(rule.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "filters": [*_steps(rule), _minimum("MIN_NOTIONAL", "notional", rule)],
        "orderTypes": list(_FUTURES_ORDERS),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _steps(rule: SymbolFilter) -> list[dict[str, str]]:
    tick = format(rule.tick, "f")
    lot = {
        "minQty": format(rule.min_quantity, "f"),
        "maxQty": "100000000",
        "stepSize": format(rule.step, "f"),
    }
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", **lot},
        {"filterType": "MARKET_LOT_SIZE", **lot},
    ]


def _minimum(name: str, field: str, rule: SymbolFilter) -> dict[str, str]:
    return {"filterType": name, field: format(rule.min_notional, "f")}


def _digits(step: Decimal) -> int:
    return len(format(step, "f").partition(".")[2])
