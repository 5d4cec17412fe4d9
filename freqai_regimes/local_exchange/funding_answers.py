"""What only perpetual futures have: mark price, funding rates and their hours."""

from __future__ import annotations

import numpy as np

from freqai_regimes.candles import MARK
from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.ask import Ask, decimal_text
from freqai_regimes.local_exchange.candle_store import Series
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.market_answers import Json, each_market

DEFAULT_FUNDING_MS = 8 * 3_600_000


def premium_index(ask: Ask) -> Json:
    """Mark price, last funding rate and time of the next funding."""
    return each_market(ask, lambda market: _premium(ask, market))


def funding_rate(ask: Ask) -> Json:
    """Funding rates paid so far: ascending, from ``startTime`` on, else the latest ``limit``."""
    start, end = ask.whole("startTime"), ask.whole("endTime")
    limit = ask.limit(100, 1000)
    markets, _ = ask.wanted()
    rates: list[dict[str, Json]] = []
    for market in markets:
        series = ask.store.funding(market)
        if series is not None:
            rates += _paid(
                market, series, start or 0, min(ask.now, ask.now if end is None else end)
            )
    rates.sort(key=lambda rate: int(str(rate["fundingTime"])))
    return rates[:limit] if start is not None else rates[-limit:]


def funding_info(ask: Ask) -> Json:
    """Hours between two fundings of each symbol."""
    markets, _ = ask.wanted()
    return [
        {
            "symbol": market.symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": _interval(ask, market) // 3_600_000,
            "disclaimer": False,
        }
        for market in markets
    ]


def _paid(market: Market, series: Series, start: int, end: int) -> list[dict[str, Json]]:
    low = int(np.searchsorted(series.opened, start))
    high = int(np.searchsorted(series.opened, end, side="right"))
    return [
        {
            "symbol": market.symbol,
            "fundingTime": moment,
            "fundingRate": decimal_text(rate),
            "markPrice": "",
        }
        for moment, rate in zip(
            series.opened[low:high].tolist(), series.values[low:high, 0].tolist(), strict=True
        )
    ]


def _interval(ask: Ask, market: Market) -> int:
    """Return the time between the last two fundings (ms), eight hours where fewer are known."""
    series = ask.store.funding(market)
    if series is None:
        return DEFAULT_FUNDING_MS
    known = series.opened[: int(np.searchsorted(series.opened, ask.now, side="right"))]
    return int(known[-1] - known[-2]) if len(known) > 1 else DEFAULT_FUNDING_MS


def _last_rate(ask: Ask, market: Market) -> str:
    series = ask.store.funding(market)
    known = 0 if series is None else int(np.searchsorted(series.opened, ask.now, side="right"))
    return decimal_text(float(series.values[known - 1, 0])) if series and known else "0.0"


def _premium(ask: Ask, market: Market) -> dict[str, Json]:
    trades = ask.last(market)
    mark = as_of.last_price(ask.store, market, ask.now, MARK)
    newest = mark if mark is not None and mark.known_at >= trades.known_at else trades
    interval = _interval(ask, market)
    return {
        "symbol": market.symbol,
        "markPrice": decimal_text(newest.price),
        "indexPrice": decimal_text(trades.price),
        "estimatedSettlePrice": decimal_text(trades.price),
        "lastFundingRate": _last_rate(ask, market),
        "interestRate": "0.00010000",
        "nextFundingTime": (ask.now // interval + 1) * interval,
        "time": ask.now,
    }
