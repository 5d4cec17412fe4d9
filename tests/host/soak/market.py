"""The candles and funding rates of a soak: seeded, the same in every run of a plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from freqai_regimes.candles import FUNDING, FUTURES, SPOT, write_candles

#: When the bot starts; on futures half an hour before funding, so that a short soak meets it too.
START = {
    SPOT: pd.Timestamp("2025-03-01T03:00", tz="UTC"),
    FUTURES: pd.Timestamp("2025-03-01T07:30", tz="UTC"),
}
WARM_UP = pd.Timedelta("3h")
COINS = {"BTC": 60_000.0, "ETH": 2_500.0}
BNB_PRICE = 600.0
FUNDING_EVERY = pd.Timedelta("8h")  # 00, 08 and 16 UTC
#: Funding is paid, and received: in turn, for the coins in different order.
FUNDING_RATES = (0.0004, -0.0003)


def store_market(datadir: Path, kind: str, hours: float, seed: int, *, bnb: bool) -> None:
    """Write candles of all coins (with ``bnb`` of BNB too) for the warm-up and so many hours."""
    for number, (coin, price) in enumerate(COINS.items()):
        pair = f"{coin}/USDT" + (":USDT" if kind == FUTURES else "")
        write_candles(walk(START[kind], hours, price, seed + number), datadir, pair, "5m", kind)
        if kind == FUTURES:
            write_candles(funding(START[kind], hours, number), datadir, pair, "1h", FUNDING)
    if bnb:
        candles = walk(START[kind], hours, BNB_PRICE, seed + len(COINS))
        write_candles(candles, datadir, "BNB/USDT", "5m", SPOT)


def walk(start: pd.Timestamp, hours: float, price: float, seed: int) -> pd.DataFrame:
    """Five-minute candles that trend for some hours, turn, and move enough to meet stops."""
    rows = int((hours + 1) * 12 + WARM_UP / pd.Timedelta("5min")) + 24
    rng = np.random.default_rng(seed)
    trend = 0.0016 * np.sin(np.arange(rows) / 3 + seed)
    close = price * np.exp(np.cumsum(trend + rng.normal(0, 0.0015, rows)))
    opening = np.concatenate([[price], close[:-1]])
    wick = np.abs(rng.normal(0, 0.0008, (2, rows)))
    return pd.DataFrame(
        {
            "date": (start - WARM_UP).as_unit("ms") + np.arange(rows) * pd.Timedelta("5min"),
            "open": opening,
            "high": np.maximum(opening, close) * (1 + wick[0]),
            "low": np.minimum(opening, close) * (1 - wick[1]),
            "close": close,
            "volume": rng.uniform(500, 900, rows),
        }
    )


def funding(start: pd.Timestamp, hours: float, number: int) -> pd.DataFrame:
    """Funding rates (in ``open``) of the coin of that number, until the hours have passed."""
    first = (start - WARM_UP).floor(FUNDING_EVERY).as_unit("ms")
    dates = pd.date_range(first, start + pd.Timedelta(hours=hours), freq=FUNDING_EVERY)
    rates = [FUNDING_RATES[(row + number) % len(FUNDING_RATES)] for row in range(len(dates))]
    zeros = dict.fromkeys(("high", "low", "close", "volume"), 0.0)
    return pd.DataFrame({"date": dates, "open": rates}).assign(**zeros)
