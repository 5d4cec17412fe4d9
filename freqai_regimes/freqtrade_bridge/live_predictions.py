"""Every live prediction on disk as it is made, so that memory may forget and a kill loses none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.model_life.registry import folder_name

DATE = "date_pred"


class PredictionArchive:
    """One file of JSON lines a pair; each line is a candle's row of FreqAI's prediction history."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, pair: str, row: pd.Series) -> None:
        """Add a candle's row."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({str(name): _plain(value) for name, value in row.items()})
        with self._path(pair).open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read() != b"\n":  # a kill cut the last line
                    file.write(b"\n")
            file.write(line.encode() + b"\n")

    def read(self, pair: str) -> pd.DataFrame:
        """All rows by date, of equal dates the last one; a line that a kill cut is left out."""
        rows = self.lines(pair)
        if not rows:
            return pd.DataFrame({DATE: pd.Series(dtype="datetime64[ms, UTC]")})
        frame = pd.DataFrame(rows)
        frame[DATE] = pd.to_datetime(frame[DATE], utc=True, format="ISO8601").dt.as_unit("ms")
        return frame.drop_duplicates(DATE, keep="last").sort_values(DATE, ignore_index=True)

    def lines(self, pair: str) -> list[dict[str, Any]]:
        """All rows as they were added; a line that a kill cut is left out."""
        rows = []
        if self._path(pair).is_file():
            for line in self._path(pair).read_text().splitlines():
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    continue
        return rows

    def completed(self, pair: str, history: pd.DataFrame) -> pd.DataFrame:
        """The history with the rows that were archived after its last one."""
        rows = self.read(pair)
        if len(rows) and len(history):
            rows = rows[rows[DATE] > history[DATE].iloc[-1]]
        if rows.empty:
            return history
        return pd.concat([history, rows.reindex(columns=history.columns)], ignore_index=True)

    def _path(self, pair: str) -> Path:
        return self.folder / f"{folder_name(pair)}.jsonl"


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
