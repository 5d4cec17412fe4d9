"""What each training window of a backtest had and did, kept beside FreqAI's cached predictions."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.candles import CANDLE_COLUMNS
from freqai_regimes.experts import FitReport
from freqai_regimes.freqtrade_bridge.pooled_training import PoolMembers
from freqai_regimes.freqtrade_bridge.served_model import ServedModel

MOST_FEATURES = 40  # named with their share in a window's note

logger = logging.getLogger(__name__)


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Another path to write to; it takes the place of ``path`` in one step once it is whole.

    Its folder must be there.
    """
    partial = path.with_name(path.name + ".partial")
    yield partial
    partial.replace(path)


def candles_fingerprint(frames: Iterable[pd.DataFrame]) -> str:
    """Digest that changes with any value of any frame."""
    digest = hashlib.sha256()
    for frame in frames:
        for column in dict.fromkeys([*CANDLE_COLUMNS, *map(str, frame)]):
            values = frame[column] if column in frame else pd.Series(dtype=float)
            digest.update(_plain(values).tobytes())
    return digest.hexdigest()


def _plain(values: pd.Series) -> npt.NDArray[Any]:
    """Values whose bytes say all about them: moments as whole numbers, texts by their hashes."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        moments = values.dt.tz_convert(None).to_numpy(dtype="datetime64[ns]")
        return np.ascontiguousarray(moments.astype(np.int64))
    if values.dtype.kind in "biuf":
        return np.ascontiguousarray(values.to_numpy())
    return np.ascontiguousarray(pd.util.hash_array(values.to_numpy()))


class WindowLog:
    """Notes of each window, one small JSON file beside its predictions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def refresh(self, pair: str, fingerprint: str) -> None:
        """Forget the pair's cached predictions if they were made from other candles.

        FreqAI itself reuses them whenever the number of rows agrees.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        coin = pair.split("/")[0].lower()
        note = self.folder / f"candles_{coin}.json"
        known = json.loads(note.read_text()) if note.is_file() else {}
        if known.get("fingerprint") == fingerprint:
            return
        stale = sorted(self.folder.glob(f"cb_{coin}_*"))
        for path in stale:
            path.unlink()
        if stale:
            logger.info("Dropped %d cached files of %s: its candles changed.", len(stale), pair)
        with replaced_whole(note) as partial:
            partial.write_text(json.dumps({"pair": pair, "fingerprint": fingerprint}))

    def write(self, model_filename: str, note: dict[str, Any]) -> None:
        """Keep the note of a window (``fit_note``, ``failure_note``)."""
        with replaced_whole(self.folder / f"{model_filename}_fit.json") as partial:
            partial.write_bytes(json.dumps(note, default=str).encode())

    def read(self, pair: str, stops: Iterable[int]) -> list[dict[str, Any]]:
        """Notes of the pair's windows, by the end of their training ranges (epoch seconds)."""
        coin = pair.split("/")[0].lower()
        notes = []
        for stop in stops:
            path = self.folder / f"cb_{coin}_{stop}_fit.json"
            if path.is_file():
                notes.append({"pair": pair, "window": stop} | json.loads(path.read_text()))
        return notes


def fit_note(
    report: FitReport,
    members: PoolMembers,
    source: int,
    served: ServedModel,
    importance: pd.Series,
) -> dict[str, Any]:
    """What is kept of a window that was fitted.

    Parameters
    ----------
    members : whose rows it learned from.
    source : end of the window (epoch seconds) whose model made the predictions after this one.
    served : that model, and what the gate said of this window's candidate.
    importance : share of each feature in the candidate, largest first.
    """
    note = dataclasses.asdict(report) | {"pool": dataclasses.asdict(members)}
    gate = {"promoted": served.decision.promoted, "gate": served.decision.reason}
    shares = {name: round(float(v), 4) for name, v in importance.head(MOST_FEATURES).items()}
    gate["importance"] = shares
    own = {"served": source, "trusted": served.trusted, "failed": None}
    return note | gate | own


def failure_note(reason: str) -> dict[str, Any]:
    """What is kept of a window that could not be fitted."""
    return {"failed": reason}
