"""Two equal sides of a day of 5-minute candles, and ways to make them differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.parity.side import Side

BTC, ETH = "BTC/USDT", "ETH/USDT"
START = pd.Timestamp("2024-01-03 00:00", tz="UTC")
STEP = pd.Timedelta(minutes=5)
CANDLES = 72
#: A model an hour, each on a day of rows.
TRAINED = [START + pd.Timedelta(hours=hour) for hour in range(6)]
HORIZON = pd.Timedelta(minutes=30)


def at(candle: int) -> pd.Timestamp:
    """Opening time of a candle."""
    return START + candle * STEP


def candles(seed: int = 0) -> pd.DataFrame:
    """One pair's candles as both sides saw them."""
    noise = np.random.default_rng(seed).normal(size=CANDLES)
    date = pd.Series([at(candle) for candle in range(CANDLES)])
    close = 100 + noise.cumsum()
    signal = (np.arange(CANDLES) % 24 == 5).astype(int)
    return pd.DataFrame(
        {
            "date": date,
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": 10.0,
            "regime": 1.0,
            "do_predict": 1,
            "model_version": date.dt.floor("h").map(lambda hour: (hour - HORIZON).timestamp()),
            "prediction": noise,
            "score": np.tanh(noise),
            "prediction_lower": noise - 1,
            "weight": noise.clip(0),
            "enter_long": signal,
            "exit_long": np.roll(signal, 6),
        }
    )


def trainings(pair: str) -> pd.DataFrame:
    """One row an hour."""
    day = pd.Timedelta(days=1)
    rows = [
        {
            "pair": pair,
            "trained_from": stop - day,
            "trained_to": stop,
            "rows": 282,
            "model_version": (stop - HORIZON).timestamp(),
            "last_row": stop - HORIZON,
            "digest": f"all {stop}",
            "head_digest": f"head {stop}",
        }
        for stop in TRAINED
    ]
    return pd.DataFrame(rows)


def trade(opened: int, closed: int, **changes: Any) -> dict[str, Any]:
    """A long trade of one coin in BTC that gains 1 before fees of 0.1 % each."""
    values = {
        "pair": BTC,
        "is_short": False,
        "open_date": at(opened),
        "close_date": at(closed),
        "open_rate": 100.0,
        "close_rate": 101.0,
        "amount": 1.0,
        "stake_amount": 100.0,
        "fee_open": 0.001,
        "fee_close": 0.001,
        "profit_abs": None,
        "profit_ratio": 0.01,
        "enter_tag": "bull",
        "exit_reason": "regime sideways",
    } | changes
    if values["profit_abs"] is None:
        fees = values["fee_open"] * values["open_rate"] + values["fee_close"] * values["close_rate"]
        gain = values["close_rate"] - values["open_rate"] - fees
        values["profit_abs"] = values["amount"] * gain
    return values


def lock(candle: int, until: int, reason: str, pair: str = BTC) -> dict[str, Any]:
    """A lock from one candle to another."""
    return {"pair": pair, "lock_time": at(candle), "lock_end_time": at(until), "reason": reason}


def side(name: str, *trades: dict[str, Any], locks: tuple[dict[str, Any], ...] = ()) -> Side:
    """One of two equal sides."""
    given: dict[str, Any] = {}
    if trades:
        given["trades"] = pd.DataFrame(trades)
    if locks:
        given["locks"] = pd.DataFrame(locks)
    return Side(
        name,
        "5m",
        {BTC: candles(1), ETH: candles(2)},
        trainings=pd.concat([trainings(BTC), trainings(ETH)], ignore_index=True),
        spans=((at(-40), at(CANDLES + 5)),),
        **given,
    )


def changed(
    given: Side, column: str, value: Any, rows: int | range | slice, pair: str = BTC
) -> Side:
    """The side with other values in a column of a pair's candles."""
    frame = given.candles[pair].copy()
    values = frame[column].to_numpy(copy=True)
    values = values.astype(float) if isinstance(value, float) else values
    values[rows] = values[rows] + value if column not in ("do_predict", "enter_long") else value
    return replace(given, candles={**given.candles, pair: frame.assign(**{column: values})})


def retrained(given: Side, **changes: Any) -> Side:
    """The side with other values in a column of BTC's trainings; a callable gets the column."""
    table = given.trainings.copy()
    own = table["pair"] == BTC
    for column, value in changes.items():
        new = value(table.loc[own, column]) if callable(value) else value
        table.loc[own, column] = new
    return replace(given, trainings=table)
