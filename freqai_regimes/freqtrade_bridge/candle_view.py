"""What each pair's closed candles say at a moment, looked up in about a microsecond."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import nanoseconds, timeframe_seconds
from freqai_regimes.errors import CandleError
from freqai_regimes.risk.exits.average_range import average_range
from freqai_regimes.risk.guards.stale_candles import flat_run, run_length


@dataclass(frozen=True)
class PairCandles:
    """Columns of one pair: opening seconds, prices, runs of filled candles, average range."""

    opened: list[int]
    close: list[float]
    flat: list[int]
    high: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    span: npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairModel:
    """Columns of one pair's model: opening seconds, untrusted run, newest training second."""

    opened: list[int]
    untrusted: list[int]
    trained: list[float]


class CandleView:
    """Keeps columns of the frames it is shown, and finds the row that had closed by a moment."""

    def __init__(self, timeframe: str, range_candles: int = 14) -> None:
        self.step = timeframe_seconds(timeframe)
        self.range_candles = range_candles
        self._candles: dict[str, PairCandles] = {}
        self._models: dict[str, PairModel] = {}

    @property
    def length(self) -> timedelta:
        """Length of a candle."""
        return timedelta(seconds=self.step)

    @property
    def pairs(self) -> list[str]:
        """Pairs whose candles were shown."""
        return list(self._candles)

    def keep_candles(self, pair: str, frame: pd.DataFrame) -> None:
        """Remember a pair's candles (``date``, prices and ``volume``) in place of earlier ones."""
        self._candles[pair] = PairCandles(
            opened=_seconds(frame),
            close=frame["close"].to_numpy(dtype=float).tolist(),
            flat=flat_run(frame).tolist(),
            high=frame["high"].to_numpy(dtype=float),
            low=frame["low"].to_numpy(dtype=float),
            span=average_range(frame, self.range_candles).to_numpy(dtype=float),
        )

    def keep_model(self, pair: str, frame: pd.DataFrame) -> None:
        """Remember what a pair's frame says of its model (``do_predict``, ``model_version``)."""
        untrusted = run_length(frame["do_predict"] != 1).tolist()
        absent = pd.Series(np.nan, index=frame.index)
        trained = frame.get("model_version", absent)
        known = trained.where(trained > 0).astype(float).tolist()
        self._models[pair] = PairModel(_seconds(frame), untrusted, known)

    def close(self, pair: str, moment: datetime) -> float:
        """Closing price of the newest candle that had closed by the moment.

        Raises
        ------
        CandleError
            If there is none.
        """
        candles = self._candles.get(pair)
        row = -1 if candles is None else self._row(candles.opened, moment)
        if candles is None or row < 0:
            raise CandleError(
                f"No closed candle of {pair} is known at {moment:%Y-%m-%d %H:%M}; load its candles."
            )
        return candles.close[row]

    def late_and_flat(self, pair: str, moment: datetime) -> tuple[int, int]:
        """Candles that are missing at the end, and the run of filled ones before."""
        candles = self._candles[pair]
        row = self._row(candles.opened, moment)
        if row < 0:
            return 0, 0  # its history begins later
        late = (int(moment.timestamp()) - self.step - candles.opened[row]) // self.step
        return late, candles.flat[row]

    def may_be_stale(self, pair: str, limit: int) -> bool:
        """Whether any candle of a pair is that late, or ends a run of so many filled ones."""
        candles = self._candles[pair]
        widest = int(np.diff(candles.opened).max(initial=self.step)) // self.step
        return widest > limit or max(candles.flat, default=0) >= limit

    def untrusted_and_age(self, pair: str, moment: datetime) -> tuple[int, float]:
        """Run of untrusted predictions, and age of the model in hours (NaN: unknown)."""
        model = self._models.get(pair)
        row = -1 if model is None else self._row(model.opened, moment)
        if model is None or row < 0:
            return 0, float("nan")
        return model.untrusted[row], (moment.timestamp() - model.trained[row]) / 3600

    def boundary(self, now: datetime) -> datetime:
        """The candle boundary at or before a moment."""
        return datetime.fromtimestamp(now.timestamp() // self.step * self.step, UTC)

    def best(self, pair: str, opened: datetime, moment: datetime, *, is_short: bool) -> float:
        """Highest high (short: lowest low) of the candles between two boundaries; NaN if none."""
        candles = self._candles[pair]
        begin = bisect_left(candles.opened, int(opened.timestamp()))
        end = self._row(candles.opened, moment) + 1
        if end <= begin:
            return float("nan")
        part = candles.low[begin:end] if is_short else candles.high[begin:end]
        return float(part.min() if is_short else part.max())

    def reaches_back(self, pair: str, moment: datetime) -> bool:
        """Whether the candle that opened at a boundary is still known."""
        return self._candles[pair].opened[0] <= int(moment.timestamp())

    def average_range(self, pair: str, moment: datetime) -> float:
        """Average true range of the candles that had closed, as a fraction; NaN if too few."""
        candles = self._candles[pair]
        row = self._row(candles.opened, moment)
        return float(candles.span[row]) if row >= 0 else float("nan")

    def closes(self, pair: str, moment: datetime, length: int) -> npt.NDArray[np.float64]:
        """The last closing prices that were known at a boundary, oldest first."""
        candles = self._candles.get(pair)
        row = -1 if candles is None else self._row(candles.opened, moment)
        if candles is None:
            return np.array([])
        return np.array(candles.close[max(0, row + 1 - length) : row + 1])

    def _row(self, opened: list[int], moment: datetime) -> int:
        return bisect_right(opened, int(moment.timestamp()) - self.step) - 1


def _seconds(frame: pd.DataFrame) -> list[int]:
    seconds: list[int] = (nanoseconds(frame["date"]) // 1_000_000_000).tolist()
    return seconds
