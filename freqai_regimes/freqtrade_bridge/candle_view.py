"""What each pair's closed candles say at a moment, looked up in about a microsecond."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError
from freqai_regimes.risk.guards.stale_candles import flat_run, run_length

EPOCH = pd.Timestamp(0, tz="UTC")


@dataclass(frozen=True)
class PairCandles:
    """Columns of one pair as lists: opening seconds, closing prices, runs of filled candles."""

    opened: list[int]
    close: list[float]
    flat: list[int]


@dataclass(frozen=True)
class PairModel:
    """Columns of one pair's model: opening seconds, untrusted run, newest training second."""

    opened: list[int]
    untrusted: list[int]
    trained: list[float]


class CandleView:
    """Keeps columns of the frames it is shown, and finds the row that had closed by a moment."""

    def __init__(self, timeframe: str) -> None:
        self.step = timeframe_seconds(timeframe)
        self._candles: dict[str, PairCandles] = {}
        self._models: dict[str, PairModel] = {}

    @property
    def pairs(self) -> list[str]:
        """Pairs whose candles were shown."""
        return list(self._candles)

    def keep_candles(self, pair: str, frame: pd.DataFrame) -> None:
        """Remember a pair's candles (``date``, prices and ``volume``) in place of earlier ones."""
        close = frame["close"].to_numpy(dtype=float).tolist()
        self._candles[pair] = PairCandles(_seconds(frame), close, flat_run(frame).tolist())

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

    def untrusted_and_age(self, pair: str, moment: datetime) -> tuple[int, float]:
        """Run of untrusted predictions, and age of the model in hours (NaN: unknown)."""
        model = self._models.get(pair)
        row = -1 if model is None else self._row(model.opened, moment)
        if model is None or row < 0:
            return 0, float("nan")
        return model.untrusted[row], (moment.timestamp() - model.trained[row]) / 3600

    def _row(self, opened: list[int], moment: datetime) -> int:
        return bisect_right(opened, int(moment.timestamp()) - self.step) - 1


def _seconds(frame: pd.DataFrame) -> list[int]:
    return ((frame["date"] - EPOCH) // pd.Timedelta(seconds=1)).tolist()
