"""Candles in Binance's shapes: rows of an answer, and events of a web socket."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace

from freqai_regimes.candles import FUTURES, MARK, SPOT
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.ask import Ask, decimal_text
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.kline_extras import Extras, told_extras
from freqai_regimes.local_exchange.market_answers import Json

Row = list[str | int]

_MOST = {SPOT: 1000, FUTURES: 1500}
#: Most candles that one look at a web socket brings, however far the clock has moved.
MOST_EVENTS = 1000


@dataclass(frozen=True)
class JsonText:
    """An answer that is JSON already: a closed candle is written once, however often asked for."""

    text: str


def klines(ask: Ask) -> Json:
    """Candles of trades with their extras; the running one as far as it is known."""
    return _asked_for(ask, ask.kind)


def mark_price_klines(ask: Ask) -> Json:
    """Candles of the mark price (of trades where no mark price is stored), without volume."""
    return _asked_for(ask, MARK)


def kline_events(ask: Ask, market: Market, timeframe: str, after_ms: int | None) -> list[Json]:
    """What a web socket tells of a candle stream at ``ask.now``, oldest first.

    Parameters
    ----------
    after_ms : when the stream was told last. Each candle that has closed since comes as closed
        (``x``), the newest ``MOST_EVENTS`` of them or so; then the running one. None: only that.
    """
    step = ask.store.series(market, timeframe, ask.kind).step_ms
    told = ask.now if after_ms is None else max(after_ms, ask.now - MOST_EVENTS * step)
    window = (told - step + 1, None, MOST_EVENTS + 1)
    known = as_of.candles(ask.store, market, timeframe, ask.kind, ask.now, window)
    stored = ask.store.extras(market, timeframe)
    found = [known.closed(row) for row in range(known.low, known.high)]
    rows = [_kline(candle, step, stored.get(candle.opened)) for candle in found]
    if known.running is not None:
        rows.append(_kline(known.running, step, None))
    return [_event(ask.now, market.symbol, timeframe, row) for row in rows]


def _asked_for(ask: Ask, candle_type: str) -> JsonText:
    market, timeframe = ask.past_market(), ask.text("interval")
    gone = ask.delisted_at(market)
    if gone is not None:
        ask = replace(ask, now=min(gone, ask.now))  # its candles end there
    window = (ask.whole("startTime"), ask.whole("endTime"), ask.limit(500, _MOST[ask.kind]))
    known = as_of.candles(ask.store, market, timeframe, candle_type, ask.now, window)
    # Bots ask for the newest again and again; downloads name a start, and would fill the memory.
    again = "startTime" not in ask.parameters
    made = ask.store.texts[market.pair, timeframe, candle_type] if again else {}
    for row in range(known.low, known.high):
        if row not in made:
            made[row] = _text(ask, market, timeframe, candle_type, known.closed(row), closed=True)
    rows = [made[row] for row in range(known.low, known.high)]
    if known.running is not None:
        rows.append(_text(ask, market, timeframe, candle_type, known.running, closed=False))
    return JsonText("[" + ",".join(rows) + "]")


def _text(
    ask: Ask,
    market: Market,
    timeframe: str,
    candle_type: str,
    candle: as_of.Candle,
    *,
    closed: bool,
) -> str:
    step = ask.store.series(market, timeframe, candle_type).step_ms
    extras = None
    if candle_type == MARK:
        candle = replace(candle, volume=0.0)
    elif closed:
        extras = ask.store.extras(market, timeframe).get(candle.opened)
    return json.dumps(_kline(candle, step, extras), separators=(",", ":"))


def _kline(candle: as_of.Candle, step_ms: int, extras: Extras | None) -> Row:
    """One row; extras that are not stored are told from the candle."""
    extras = extras or told_extras(*astuple(candle))
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


def _event(now_ms: int, symbol: str, timeframe: str, row: Row) -> dict[str, Json]:
    names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
    candle = dict(zip(names, row, strict=True))
    closed = int(row[6]) < now_ms
    more = {"s": symbol, "i": timeframe, "f": -1, "L": -1, "x": closed}
    return {"e": "kline", "E": now_ms, "s": symbol, "k": {**candle, **more}}
