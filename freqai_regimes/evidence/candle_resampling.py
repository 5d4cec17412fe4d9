"""Other candles that the same market could have made: blocks of days in another order.

Source: stationary bootstrap of Politis and Romano 1994, of whole days and of all pairs together. A
candle is kept as it was in relation to the close before it, so open, high, low and close stay in
order, and what pairs did together stays together. Assumes that days are alike once their blocks are
cut: trends longer than a block are lost, so a rule that lives on them should earn less here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError
from freqai_regimes.evidence.stationary_bootstrap import bootstrap_rows

SECONDS_PER_DAY = 86400
_PRICES = ("open", "high", "low", "close")


def resampled_candles(
    candles: Mapping[str, pd.DataFrame], timeframe: str, mean_block_days: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Resample the candles of all pairs with the same days for each.

    Parameters
    ----------
    candles : by pair, ``date`` (opening time, UTC, ascending), open, high, low, close, volume.
    timeframe : of the candles; a block begins at the hour at which its day did, so that the hours
        of the day stay where they were. Candles of a day and more move one by one.
    mean_block_days : at least 1; about 20 keeps most of what volatility does.

    Returns
    -------
    Frames of these columns: the stretch in which all pairs have candles, whole days
    only, at their dates. The first open of the stretch stays. Candles that were missing are missing
    where their day lands.

    Raises
    ------
    CandleError
        If the pairs have no two days in common.
    """
    step = timeframe_seconds(timeframe)
    begin = max(frame["date"].iloc[0] for frame in candles.values())
    end = min(frame["date"].iloc[-1] for frame in candles.values())
    per_day = max(SECONDS_PER_DAY // step, 1)
    calendar = pd.date_range(begin, end, freq=pd.Timedelta(seconds=step))
    days = len(calendar) // per_day
    if days < 2:
        raise CandleError(
            f"All pairs have candles together from {begin} to {end}: two days are needed."
        )
    calendar = calendar[: days * per_day]
    block = max(mean_block_days * SECONDS_PER_DAY / (per_day * step), 1.0)
    chosen = bootstrap_rows(days, 1, block, np.random.default_rng(seed))[0]
    rows = (chosen[:, None] * per_day + np.arange(per_day)).ravel()
    return {pair: _moved(frame, calendar, rows) for pair, frame in candles.items()}


def _moved(
    frame: pd.DataFrame, calendar: pd.DatetimeIndex, rows: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """Put the candles of ``rows`` of the calendar in their new order and chain their prices."""
    own = frame.set_index("date").reindex(calendar)
    there = own["close"].notna().to_numpy()[rows]
    last = own["close"].ffill().shift(1).fillna(own["open"])
    relative = np.log(own[list(_PRICES)].div(last, axis=0).to_numpy())[rows][there]
    before = np.concatenate([[0.0], np.cumsum(relative[:, 3])[:-1]])
    start = float(own["open"].dropna().iloc[0])
    prices = start * np.exp(before[:, None] + relative)
    moved = pd.DataFrame(prices, columns=list(_PRICES))
    moved.insert(0, "date", calendar[there])
    moved["high"] = moved[list(_PRICES)].max(axis=1)
    moved["low"] = moved[list(_PRICES)].min(axis=1)
    return moved.assign(volume=own["volume"].to_numpy()[rows][there])
