"""Which row of another timeframe was known at each candle: freqtrade's merge without its frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import nanoseconds, timeframe_seconds


def known_rows(
    dates: pd.Series, others: pd.Series, timeframe: str, other_timeframe: str
) -> npt.NDArray[np.intp] | None:
    """Positions that ``merge_informative_pair(ffill=True)`` takes the other rows from.

    The newest row that had closed with the candle or before; over candles before the first such,
    the one before it, as freqtrade fills them.

    Parameters
    ----------
    dates, others : opening times of the candles, and of the rows of the other timeframe (UTC).

    Returns
    -------
    Position in ``others`` of each candle, shape (candles,), -1 where no row was known. None where
    dates do not rise, are none, or the other timeframe is finer or of no fixed length: such frames
    are for freqtrade's own merge.
    """
    if other_timeframe.endswith("M") or timeframe.endswith("M"):
        return None
    later = timeframe_seconds(other_timeframe) - timeframe_seconds(timeframe)
    candles, known = _rising(dates), _rising(others)
    if later < 0 or candles is None or known is None:
        return None
    known = known + later * 1_000_000_000
    if np.array_equal(known, candles):
        return np.arange(len(candles))
    found = np.searchsorted(known, candles)
    is_there = known[np.minimum(found, len(known) - 1)] == candles
    rows = np.maximum.accumulate(np.where(is_there, found, -1))
    if len(rows) > 1 and rows[0] < 0 <= rows[-1]:
        rows[rows < 0] = rows[np.argmax(rows >= 0)] - 1
    return rows.astype(np.intp)


def _rising(dates: pd.Series) -> npt.NDArray[np.int64] | None:
    """Rising moments since 1970; None if they are not that."""
    if not isinstance(dates.dtype, pd.DatetimeTZDtype) or dates.empty:
        return None
    moments = nanoseconds(dates)
    return moments if (np.diff(moments) > 0).all() else None
