"""What a live bot saw and decided, candle by candle, on disk as it happens: for shadow-backtest."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from freqai_regimes.freqtrade_bridge.live_predictions import PredictionArchive
from freqai_regimes.freqtrade_bridge.record import recorded_columns

logger = logging.getLogger(__name__)

STARTED, SEEN = "started", "seen_at"


class LiveRecord:
    """One file of JSON lines a pair; each line is a candle as it was decided on.

    Parameters
    ----------
    folder : of the setting ``record``.
    signals : columns of ``signal_sets``, kept beside the usual ones.
    """

    def __init__(self, folder: Path, signals: list[str]) -> None:
        self.rows = PredictionArchive(folder)
        self.signals = signals
        self.started = _now()

    def append(self, pair: str, frame: pd.DataFrame) -> None:
        """Add the last candle; a disk that is full stops no trading, but is told in the log."""
        names = recorded_columns(self.signals, frame)
        row = frame.iloc[-1][list(names)].rename(names)
        row[STARTED], row[SEEN] = self.started, _now()
        try:
            self.rows.append(pair, row)
        except OSError as error:
            logger.error("The record of %s cannot be written (%s).", pair, error)


def read_live_record(folder: Path, pairs: list[str]) -> dict[str, pd.DataFrame]:
    """Pair -> its candles in time order; of a candle seen twice (a restart) the first decided."""
    found = {}
    for pair in pairs:
        rows = PredictionArchive(folder).lines(pair)
        if not rows:
            continue
        frame = pd.DataFrame(rows)
        for name in ("date", STARTED, SEEN):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        found[pair] = frame.drop_duplicates("date").sort_values("date", ignore_index=True)
    return found


def _now() -> pd.Timestamp:
    return pd.Timestamp(datetime.now(UTC))
