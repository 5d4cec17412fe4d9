"""Answers that spot and futures share: time, order book, tickers, trades."""

from __future__ import annotations

from collections.abc import Callable

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.aggregate_trades import trades
from freqai_regimes.local_exchange.ask import Ask, decimal_text
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.clock import DAY_MS
from freqai_regimes.local_exchange.order_book import Level
from freqai_regimes.local_exchange.refusal import Refusal

Json = object
AnswerMarket = Callable[[Market], dict[str, Json]]
_FUTURES_DEPTHS = (5, 10, 20, 50, 100, 500, 1000)


def ping(ask: Ask) -> Json:
    """Answer a test of the connection."""
    return {}


def system_status(ask: Ask) -> Json:
    """Answer whether there is maintenance: none; the fault ``maintenance`` says otherwise."""
    return {"status": 0, "msg": "normal"}


def server_time(ask: Ask) -> Json:
    """Answer the exchange's clock."""
    return {"serverTime": ask.now}


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
