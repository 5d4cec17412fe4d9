"""The strong promise: no answer changes when everything after the clock is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candles import FUNDING, stored_candles, timeframe_seconds, write_candles
from freqai_regimes.local_exchange.app import PUBLIC_PATHS

Get = Callable[..., Any]
AskAt = Callable[[Path, str | int], Get]
FIRST = pd.Timestamp("2025-03-03T06:00", tz="UTC")


def change_the_future(datadir: Path, now: pd.Timestamp, rng: np.random.Generator) -> None:
    """Make other candles after now: other prices, some gone, more behind. Known opens stay."""
    for file in stored_candles(datadir):
        frame = pd.read_feather(file.path)
        step = pd.Timedelta(seconds=timeframe_seconds(file.timeframe))
        later = (frame["date"] > now).to_numpy()
        running = (~later) & (frame["date"] + step > now).to_numpy()
        if file.candle_type == FUNDING:
            frame.loc[later, "open"] = rng.normal(0, 0.01, later.sum())
        else:
            factor = np.exp(rng.normal(0, 0.5, len(frame)))
            for column in ("open", "high", "low", "close"):
                frame.loc[later, column] *= factor[later]
            frame.loc[running, "high"] *= 3
            frame.loc[running, "low"] /= 3
            frame.loc[running, "close"] = frame.loc[running, "open"] * 2.5
            frame.loc[running, "high"] = frame.loc[running, ["high", "close"]].max(axis=1)
            frame.loc[later | running, "volume"] *= 1000
        gone = later & (rng.uniform(size=len(frame)) < 0.3)
        kept = frame[~gone]
        if kept.empty:
            file.path.unlink()
            continue
        more = kept.tail(1).assign(date=frame["date"].iloc[-1] + 7 * step)
        write_candles(pd.concat([kept, more]), datadir, file.pair, file.timeframe, file.candle_type)


def requests(now_ms: int) -> list[tuple[str, dict[str, Any]]]:
    """Each public path, with and without symbol, and windows that reach behind now."""
    asked: list[tuple[str, dict[str, Any]]] = []
    for path in PUBLIC_PATHS:
        for symbol in ("BTCUSDT", "ABCUSDT", "XYZUSDT", "NEWUSDT"):
            asked.append((path, {"symbol": symbol}))
        asked.append((path, {}))
        if path.lower().endswith("klines"):
            for interval in ("5m", "15m", "1h", "4h", "1d", "1w"):
                asked += [
                    (path, {"symbol": "BTCUSDT", "interval": interval}),
                    (
                        path,
                        {"symbol": "BTCUSDT", "interval": interval, "startTime": now_ms - 10**7},
                    ),
                ]
        if path.endswith(("aggTrades", "fundingRate")):
            asked.append((path, {"symbol": "BTCUSDT", "startTime": now_ms - 10**7}))
    return asked


def answers(get: Get, now_ms: int) -> dict[str, Any]:
    return {f"{path} {query}": get(path, **query) for path, query in requests(now_ms)}


@pytest.mark.parametrize("seed", range(6))
def test_no_answer_depends_on_candles_after_the_clock(
    small_datadir: Path, tmp_path: Path, ask_at: AskAt, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    now = FIRST + pd.Timedelta(milliseconds=int(rng.integers(0, 85 * 3_600_000)))
    now = now.floor("5min") if seed % 3 == 0 else now  # also just as a candle opens
    now = now.floor("4h") if seed % 3 == 1 else now
    now_ms = int(now.timestamp() * 1000)
    changed = tmp_path / "changed"
    shutil.copytree(small_datadir, changed)
    change_the_future(changed, now, rng)
    as_stored, as_changed = (
        answers(ask_at(path, now_ms), now_ms) for path in (small_datadir, changed)
    )
    assert as_stored == as_changed
    # The change was there to be seen: six hours later the answers differ.
    later = now_ms + 6 * 3_600_000
    ticker = {"symbol": "BTCUSDT"}
    assert ask_at(small_datadir, later)("/api/v3/ticker/24hr", **ticker) != ask_at(changed, later)(
        "/api/v3/ticker/24hr", **ticker
    )


def test_a_clock_set_forward_shows_what_a_fresh_start_shows(
    small_datadir: Path, ask_at: AskAt
) -> None:
    moments = [
        int((FIRST + pd.Timedelta(hours=h, minutes=7)).timestamp() * 1000) for h in (0, 9, 30)
    ]
    walked = ask_at(small_datadir, moments[0])
    for moment in moments:
        walked("/clock", method="POST", content=f'{{"now": {moment}}}')
        assert answers(walked, moment) == answers(ask_at(small_datadir, moment), moment)
