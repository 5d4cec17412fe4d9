"""What the strategy saw, candle by candle: written by a backtest, read by the report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.features.volatility import periods_per_year
from freqai_regimes.freqtrade_bridge.target_weight import LABEL
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets.engine import made_by

RECORD_COLUMNS = {
    "date": "date",
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "volume": "volume",
    **{name: name for name in REGIME_COLUMNS},
    "volatility": "volatility",
    "weight": "weight",
    "outcome": "outcome",
}
MODEL_RECORD_COLUMNS = {
    "prediction": "prediction",
    "prediction_lower": "prediction_lower",
    "prediction_upper": "prediction_upper",
    "probability": "probability",
    "expected_return": "expected_return",
    "score": "score",
    "do_predict": "do_predict",
    "forecast": "forecast",
    "model_probability": "forecast_probability",
    "model_lower": "forecast_lower",
    "model_upper": "forecast_upper",
    "model_pooled": "pooled",
    "model_expert": "expert",
    "model_version": "model_version",
}
SIGNALS = ("enter_long", "exit_long", "enter_short", "exit_short")


def recorded_columns(signals: list[str], frame: pd.DataFrame) -> dict[str, str]:
    """Columns of the strategy's frame that are kept, and their names in the record.

    ``signals`` are those of ``signal_sets``.
    """
    columns = RECORD_COLUMNS | (MODEL_RECORD_COLUMNS if "model_version" in frame else {})
    columns |= {name: name for name in (*signals, *SIGNALS)}
    return {name: kept for name, kept in columns.items() if name in frame}


def as_kept(frame: pd.DataFrame, label: str, timeframe: str) -> pd.DataFrame:
    """The strategy's frame as it is kept: its volatility is that of a year.

    ``forecast`` is what the newest model said of each candle, also where no gate let it in.
    """
    absent = pd.Series(np.nan, index=frame.index)
    said: pd.Series = frame.get(LABEL + label, absent)
    return frame.assign(
        volatility=frame["volatility"] * np.sqrt(periods_per_year(timeframe)),
        forecast=said.where(frame.get("model_version", absent) > 0),
    )


@dataclass
class CandleRecord:
    """A folder with one feather file a pair and ``run.json``."""

    folder: Path
    run: dict[str, Any]
    signals: list[str] = field(default_factory=list)
    windows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def open(cls, settings: Settings, strategy: str, config: dict[str, Any]) -> CandleRecord | None:
        """The record that the settings ask for, or None."""
        if settings.record is None:
            return None
        run = {
            "strategy": strategy,
            "preset": settings.preset,
            "timeframe": config["timeframe"],
            "horizon_candles": settings.horizon_candles,
            "label": settings.train_label,
            "settings": settings.model_dump(mode="json", exclude={"record"}),
        }
        return cls(Path(settings.record), run, made_by(settings.signal_sets))

    def write(
        self,
        pair: str,
        frame: pd.DataFrame,
        first_traded: pd.Timestamp,
        windows: list[dict[str, Any]],
        notes: list[str],
    ) -> None:
        """Write the pair's candles from the first traded one on, and renew ``run.json``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        columns = recorded_columns(self.signals, frame)
        candles = frame.loc[frame["date"] >= first_traded, list(columns)].rename(columns=columns)
        name = re.sub(r"[/:]", "_", pair)
        candles.reset_index(drop=True).to_feather(self.folder / f"{name}.feather")
        self.windows[pair] = windows
        noted = [note for window in self.windows.values() for note in window]
        self.run |= {
            "pairs": sorted(self.windows),
            "notes": notes,
            "windows": noted,
            "failed_windows": sum(1 for note in noted if note["failed"]),
        }
        (self.folder / "run.json").write_text(json.dumps(self.run, indent=1, default=str))
