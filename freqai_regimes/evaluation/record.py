"""What a backtest run wrote down about each candle, read back and checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError, RegimesError

REGIMES = ("bull", "sideways", "bear")
UNKNOWN = "unknown"
REGIME_CODES = {"bull": 1.0, "sideways": 0.0, "bear": -1.0}
EXPERT_CODES = {"bull": 1, "sideways": 2, "bear": 3}  # 0 is the pooled model

_COLUMNS = ("date", "open", "high", "low", "close", "volume", "regime")
_AGAIN = "Run freqtrade backtesting again to write it anew."


@dataclass(frozen=True)
class RunRecord:
    """The record of one backtest run.

    Attributes
    ----------
    pairs : one frame a pair, one row a candle, sorted by ``date`` (opening time, UTC), with the
        candle, ``regime`` (1, 0, -1, NaN unknown; known at the candle's close), ``volatility`` and,
        if a model was on, ``prediction``, ``outcome``, ``expert`` and ``do_predict``.
    run : what ``run.json`` says about the run: strategy, settings, notes, windows.
    """

    pairs: dict[str, pd.DataFrame]
    run: dict[str, Any]

    @property
    def has_model(self) -> bool:
        """Whether a model was on in any pair."""
        return any("prediction" in frame.columns for frame in self.pairs.values())

    @property
    def judges_refused(self) -> bool:
        """Whether forecasts that no gate let in are all there is to judge."""
        frames = self.pairs.values()
        trusted = any(trusted_prediction(frame).notna().any() for frame in frames)
        return not trusted and any(_forecast(frame).notna().any() for frame in frames)

    def judged(self, pair: str) -> pd.Series[float]:
        """Predictions of a pair that are compared with outcomes: those that could be traded on.

        Where no candle of the run has one, those that the gate refused.
        """
        frame = self.pairs[pair]
        return _forecast(frame) if self.judges_refused else trusted_prediction(frame)

    @property
    def candle_length(self) -> pd.Timedelta:
        """Length of a base candle."""
        return pd.Timedelta(seconds=timeframe_seconds(str(self.run["timeframe"])))

    @property
    def horizon_candles(self) -> int:
        """How many candles the label looks ahead (1 if the run does not say)."""
        return max(1, int(self.run.get("horizon_candles") or 1))

    def between(self, start_ms: float, end_ms: float) -> RunRecord:
        """Only the candles that opened from start to end (milliseconds UTC, both included).

        Raises
        ------
        CandleError
            If a pair has no candle there: record and result belong to different runs.
        """
        start = pd.Timestamp(int(start_ms), unit="ms", tz="UTC")
        end = pd.Timestamp(int(end_ms), unit="ms", tz="UTC")
        cut = {}
        for pair, frame in self.pairs.items():
            inside = frame[(frame["date"] >= start) & (frame["date"] <= end)]
            if inside.empty:
                raise CandleError(
                    f"The record of {pair} spans {frame['date'].iloc[0]} to "
                    f"{frame['date'].iloc[-1]}, the backtest {start} to {end}: they are of "
                    "different runs. Give the record and the result of the same run."
                )
            cut[pair] = inside.reset_index(drop=True)
        return RunRecord(cut, self.run)


def record_path(record_dir: Path, pair: str) -> Path:
    """Where the record of a pair lies.

    >>> record_path(Path("record"), "BTC/USDT:USDT").as_posix()
    'record/BTC_USDT_USDT.feather'
    """
    return record_dir / (re.sub(r"[/:]", "_", pair) + ".feather")


def read_record(record_dir: Path) -> RunRecord:
    """Read the folder a backtest run wrote: ``run.json`` and one feather file a pair.

    Raises
    ------
    RegimesError
        If ``run.json`` is missing, is no JSON object, or lacks its pairs or timeframe.
    CandleError
        If a pair's file is missing, cannot be read, or is damaged.
    """
    run = _read_run(record_dir / "run.json")
    return RunRecord({pair: _read_pair(record_dir, pair) for pair in run["pairs"]}, run)


def trusted_prediction(frame: pd.DataFrame) -> pd.Series[float]:
    """Pick the predictions of a pair, NaN where there is none that may be trusted."""
    if "prediction" not in frame.columns:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    prediction = frame["prediction"].astype(float).where(np.isfinite(frame["prediction"]))
    if "do_predict" in frame.columns:
        prediction = prediction.where(frame["do_predict"] == 1)
    return prediction


def _forecast(frame: pd.DataFrame) -> pd.Series[float]:
    """What a model said, let in or not; NaN where none said anything (FreqAI fills with 0)."""
    if "forecast" not in frame.columns:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    forecast = frame["forecast"].astype(float)
    return forecast.where(np.isfinite(forecast) & (forecast != 0.0))


def outcome(frame: pd.DataFrame) -> pd.Series[float]:
    """Pick the realised labels of a pair, NaN while unresolved."""
    if "outcome" not in frame.columns:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    return frame["outcome"].astype(float)


def regime_names(regime: pd.Series[float]) -> pd.Series[str]:
    """Names of regime codes: bull, sideways, bear, and unknown for NaN."""
    names = pd.Series(UNKNOWN, index=regime.index, dtype=object)
    for name, code in REGIME_CODES.items():
        names[regime == code] = name
    return names


def _read_run(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise RegimesError(
            f"No record of a run: {path} does not exist. Run freqtrade backtesting with a strategy "
            "of this package first, or give the folder it wrote its record to."
        )
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RegimesError(f"{path} cannot be read ({error}). {_AGAIN}") from error
    if not isinstance(run, dict) or not isinstance(run.get("pairs"), list) or not run["pairs"]:
        raise RegimesError(f"{path} names no pairs, so it is no record of a run. {_AGAIN}")
    timeframe_seconds(str(run.get("timeframe")))
    return run


def _read_pair(record_dir: Path, pair: str) -> pd.DataFrame:
    path = record_path(record_dir, pair)
    if not path.is_file():
        raise CandleError(f"The record of {pair} is missing: {path} does not exist. {_AGAIN}")
    try:
        frame = pd.read_feather(path)
    except (OSError, ValueError) as error:
        first_line = str(error).splitlines()[0]
        raise CandleError(f"{path} cannot be read ({first_line}). {_AGAIN}") from error
    missing = [column for column in _COLUMNS if column not in frame.columns]
    if missing:
        raise CandleError(f"{path} lacks {', '.join(missing)}; it has {list(frame)}. {_AGAIN}")
    if frame.empty:
        raise CandleError(f"{path} has no candles. {_AGAIN}")
    if not pd.api.types.is_datetime64_any_dtype(frame["date"]):
        raise CandleError(f"{path} has dates of type {frame['date'].dtype}, not times. {_AGAIN}")
    frame["date"] = pd.to_datetime(frame["date"], utc=True)
    if not (frame["date"].is_monotonic_increasing and frame["date"].is_unique):
        raise CandleError(f"{path} has dates that repeat or go back. {_AGAIN}")
    close = frame["close"].to_numpy(dtype=float)
    if not (np.isfinite(close) & (close > 0)).all():
        raise CandleError(f"{path} has closes that are no positive numbers. {_AGAIN}")
    regime = frame["regime"].astype(float)
    strange = sorted(set(regime.dropna()) - set(REGIME_CODES.values()))
    if strange:
        raise CandleError(
            f"{path} has regimes {strange[:5]}; 1, 0, -1 or NaN are allowed. {_AGAIN}"
        )
    frame["regime"] = regime
    return frame
