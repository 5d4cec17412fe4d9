"""Expected labels that other implementations computed, and how they say what ours say by date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]


def candles(reference: Path, name: str) -> pd.DataFrame:
    return pd.read_feather(reference / "inputs" / f"{name}.feather")


def entry(reference: Path, file: str) -> dict[str, Any]:
    """Return what the index says of one file."""
    files = json.loads((reference / "INDEX.json").read_text())["files"]
    found: dict[str, Any] = next(one for one in files if one["file"] == file)
    return found


def rows_known(frame: pd.DataFrame, known_at: pd.Series) -> np.ndarray[Any, Any]:
    """Row numbers of dates; -1 for none, as the stored ones say it."""
    rows = frame["date"].searchsorted(known_at.fillna(frame["date"].iloc[0]))
    return np.where(known_at.isna(), -1, rows)
