"""Reads what runs have left behind as the sides of a comparison."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.data.btanalysis import BT_DATA_COLUMNS

from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult
from freqai_regimes.model_life.registry import folder_name
from freqai_regimes.parity.side import LOCK_COLUMNS, Side, no_locks, no_trades, no_trainings

MOMENTS = ("trained_from", "trained_to", "last_row")


def live_side(
    folders: Sequence[Path], timeframe: str, spans: Sequence[tuple[pd.Timestamp, pd.Timestamp]]
) -> Side:
    """A bot's side; ``folders`` of its runs in the order of time, all with the same database."""
    told = json.loads((folders[-1] / "trades.json").read_text())
    trades = pd.DataFrame.from_records(told, columns=BT_DATA_COLUMNS) if told else no_trades()
    for name in ("open", "close"):
        if told:
            moments = pd.to_datetime(trades[f"{name}_timestamp"], unit="ms", utc=True)
            trades[f"{name}_date"] = moments
    return Side(
        "live",
        timeframe,
        _frames(folders, "candles"),
        trades,
        _trainings(folders),
        _locks(json.loads((folders[-1] / "locks.json").read_text())),
        tuple(spans),
        _frames(folders, "features"),
    )


def backtest_side(folder: Path, timeframe: str, result: BacktestResult) -> Side:
    """A backtest's side; ``result`` is what freqtrade exported."""
    return Side(
        "backtest",
        timeframe,
        _frames([folder], "candles"),
        result.trades if len(result.trades) else no_trades(),
        _trainings([folder]),
        _locks(result.stats.get("locks", [])),
        features=_frames([folder], "features"),
    )


def cut_frames(folder: Path, pairs: Sequence[str]) -> dict[str, pd.DataFrame]:
    """What a ``CUT`` process has computed."""
    paths = {pair: folder / f"cut-{folder_name(pair)}.feather" for pair in pairs}
    return {
        pair: pd.read_feather(path).sort_values("date", ignore_index=True)
        for pair, path in paths.items()
    }


def _frames(folders: Sequence[Path], kind: str) -> dict[str, pd.DataFrame]:
    """Pair -> all its recorded rows in time order; of equal dates the last that was seen."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for folder in folders:
        for pair in _told(folder)["pairs"]:
            path = folder / f"{kind}-{folder_name(pair)}.feather"
            if path.is_file():
                parts.setdefault(pair, []).append(pd.read_feather(path))
    found = {pair: pd.concat(frames, ignore_index=True) for pair, frames in parts.items()}
    return {
        pair: frame.drop_duplicates("date", keep="last").sort_values("date", ignore_index=True)
        for pair, frame in found.items()
    }


def _trainings(folders: Sequence[Path]) -> pd.DataFrame:
    rows = [
        {"pair": pair, **training}
        for folder in folders
        for training in _told(folder)["trainings"]
        for pair in training["pairs"]
    ]
    if not rows:
        return no_trainings()
    frame = pd.DataFrame(rows).drop(columns="pairs")
    for name in MOMENTS:
        frame[name] = pd.to_datetime(frame[name], unit="s", utc=True)
    return frame


def _locks(told: Sequence[dict[str, Any]]) -> pd.DataFrame:
    if not told:
        return no_locks()
    frame = pd.DataFrame(list(told))[list(LOCK_COLUMNS)]
    for name in ("lock_time", "lock_end_time"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def _told(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "record.json").read_text())
    return told
