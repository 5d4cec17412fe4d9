"""Answers that spot and futures share: time, klines, order book, tickers, trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from freqai_regimes.candles import FUTURES, MARK, SPOT
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.aggregate_trades import trades
from freqai_regimes.local_exchange.ask import Ask, decimal_text
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.clock import DAY_MS
from freqai_regimes.local_exchange.kline_extras import Extras, told_extras
from freqai_regimes.local_exchange.order_book import Level
from freqai_regimes.local_exchange.refusal import Refusal

Json = object
AnswerMarket = Callable[[Market], dict[str, Json]]
_MOST_KLINES = {SPOT: 1000, FUTURES: 1500}
_FUTURES_DEPTHS = (5, 10, 20, 50, 100, 500, 1000)


def ping(ask: Ask) -> Json:
    """Answer a test of the connection."""
    return {}


def server_time(ask: Ask) -> Json:
    """Answer the exchange's clock."""
    return {"serverTime": ask.now}


def klines(ask: Ask) -> Json:
    """Candles of trades with their extras; the running one as far as it is known."""
    return _klines(ask, ask.kind)


def mark_price_klines(ask: Ask) -> Json:
    """Candles of the mark price (of trades where no mark price is stored), without volume."""
    return _klines(ask, MARK)


def _klines(ask: Ask, candle_type: str) -> Json:
    market, timeframe = ask.market(), ask.text("interval")
    window = (ask.whole("startTime"), ask.whole("endTime"), ask.limit(500, _MOST_KLINES[ask.kind]))
    found = as_of.candles(ask.store, market, timeframe, candle_type, ask.now, window)
    step = ask.store.series(market, timeframe, candle_type).step_ms
    if candle_type == MARK:
        found = [replace(candle, volume=0.0) for candle in found]
    stored = ask.store.extras(market, timeframe) if candle_type != MARK else {}
    answers = []
    for one in found:
        extras = stored.get(one.opened) if one.opened + step <= ask.now else None
        told = told_extras(one.opened, one.open, one.high, one.low, one.close, one.volume)
        answers.append(_kline(one, step, extras or told))
    return answers


def _kline(candle: as_of.Candle, step_ms: int, extras: Extras) -> list[str | int]:
    return [
        candle.opened,
        decimal_text(candle.open),
        decimal_text(candle.high),
        decimal_text(candle.low),
        decimal_text(candle.close),
        decimal_text(candle.volume),
        candle.opened + step_ms - 1,
        decimal_text(extras.quote_volume),
        extras.trades,
        decimal_text(extras.taker_base_volume),
        decimal_text(extras.taker_quote_volume),
        "0",
    ]


def depth(ask: Ask) -> Json:
    """Order book."""
    market = ask.market()
    limit = ask.whole("limit")
    if ask.kind == FUTURES and limit is not None and limit not in _FUTURES_DEPTHS:
        raise Refusal(-4021, f"Depth limit {limit} is not one of {list(_FUTURES_DEPTHS)}.")
    book = ask.book(market, ask.limit(100 if ask.kind == SPOT else 500, 5000))
    times = {"E": ask.now, "T": ask.now} if ask.kind == FUTURES else {}
    return {
        "lastUpdateId": ask.now,
        **times,
        "bids": [_level(level) for level in book.bids],
        "asks": [_level(level) for level in book.asks],
    }


def ticker_price(ask: Ask) -> Json:
    """Last price of one, some or all symbols."""
    time = {"time": ask.now} if ask.kind == FUTURES else {}

    def answer(market: Market) -> dict[str, Json]:
        return {"symbol": market.symbol, "price": decimal_text(ask.last(market).price), **time}

    return each_market(ask, answer)


def ticker_book(ask: Ask) -> Json:
    """Best bid and ask of one, some or all symbols."""
    time = {"time": ask.now} if ask.kind == FUTURES else {}

    def answer(market: Market) -> dict[str, Json]:
        return {"symbol": market.symbol, **_best(ask, market), **time}

    return each_market(ask, answer)


def ticker_day(ask: Ask) -> Json:
    """Statistics of the last 24 hours of one, some or all symbols."""
    return each_market(ask, lambda market: _day(ask, market))


def aggregate_trades(ask: Ask) -> Json:
    """Trades told from closed candles."""
    market = ask.market()
    found = trades(
        ask.last(market).source,
        ask.now,
        start=ask.whole("startTime"),
        end=ask.whole("endTime"),
        from_number=ask.whole("fromId"),
        limit=ask.limit(500, 1000),
    )
    best = {"M": True} if ask.kind == SPOT else {}
    return [
        {
            "a": trade.number,
            "p": decimal_text(trade.price),
            "q": decimal_text(trade.quantity),
            "f": trade.number,
            "l": trade.number,
            "T": trade.time,
            "m": trade.seller_initiated,
            **best,
        }
        for trade in found
    ]


def each_market(ask: Ask, answer: AnswerMarket) -> Json:
    """One answer for ``symbol``; a list for many, without those whose files are damaged."""
    markets, single = ask.wanted()
    if single:
        return answer(markets[0])
    answers = []
    for market in markets:
        try:
            answers.append(answer(market))
        except Refusal as refusal:
            if refusal.status != 503:
                raise
    return answers


def _level(level: Level) -> list[str]:
    return [format(level[0], "f"), format(level[1], "f")]


def _best(ask: Ask, market: Market) -> dict[str, Json]:
    book = ask.book(market, 1)
    bid = _level(book.bids[0]) if book.bids else ["0", "0"]
    offer = _level(book.asks[0]) if book.asks else ["0", "0"]
    return {"bidPrice": bid[0], "bidQty": bid[1], "askPrice": offer[0], "askQty": offer[1]}


def _day(ask: Ask, market: Market) -> dict[str, Json]:
    last = ask.last(market)
    day = as_of.day_statistics(last, ask.now)
    change = day.last - day.open
    average = day.quote_volume / day.volume if day.volume else day.last
    spot = {"prevClosePrice": decimal_text(day.open), **_best(ask, market)}
    return {
        "symbol": market.symbol,
        "priceChange": f"{change:.8f}",
        "priceChangePercent": f"{100 * change / day.open:.3f}",
        "weightedAvgPrice": decimal_text(average),
        "lastPrice": decimal_text(day.last),
        "lastQty": "0",
        **(spot if ask.kind == SPOT else {}),
        "openPrice": decimal_text(day.open),
        "highPrice": decimal_text(day.high),
        "lowPrice": decimal_text(day.low),
        "volume": decimal_text(day.volume),
        "quoteVolume": decimal_text(day.quote_volume),
        "openTime": ask.now - DAY_MS,
        "closeTime": ask.now,
        "firstId": 0,
        "lastId": 0,
        "count": 0,
    }
