"""Keeps what a run decided and from what: candles, features and trainings, live or backtested.

Both runs of a replay are recorded at the same three places of the same code, so that a difference
between two records is one between the runs. Outside of a replay nothing is recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from freqtrade.enums import TRADE_MODES
from freqtrade.strategy import IStrategy

from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.record import MODEL_RECORD_COLUMNS, RECORD_COLUMNS
from freqai_regimes.model_life.registry import folder_name
from freqai_regimes.signal_sets.engine import made_by

SIGNALS = ("enter_long", "exit_long", "enter_short", "exit_short", "enter_tag", "exit_tag")
#: Names in the strategy's frame -> names in the record (the outcome is the future's).
COLUMNS = {
    **{name: name for name in RECORD_COLUMNS if name != "outcome"},
    **MODEL_RECORD_COLUMNS,
    **{name: name for name in SIGNALS},
}


@dataclass
class SideRecord:
    """One run's record, written once at its end.

    Attributes
    ----------
    candles, features : pair -> frames; live one row a candle, in a backtest the whole range.
    trainings : one dictionary a training.
    untrusted : opening times of candles whose predictions a backtest shall not trust, because the
        bot had just been started then.
    """

    untrusted: frozenset[pd.Timestamp] = frozenset()
    candles: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    features: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    trainings: list[dict[str, Any]] = field(default_factory=list)

    def install(self) -> None:
        """Watch every strategy and model of this process."""
        self._watch_decisions()
        self._watch_predictions()
        self._watch_trainings()

    def write(self, folder: Path) -> None:
        """Write everything into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, found in (("candles", self.candles), ("features", self.features)):
            for pair, parts in found.items():
                frame = pd.concat(parts, ignore_index=True)
                if kind == "candles":
                    frame = frame.rename(columns=COLUMNS)
                frame = frame.drop_duplicates("date", keep="last").sort_values("date")
                name = f"{kind}-{folder_name(pair)}.feather"
                frame.reset_index(drop=True).to_feather(folder / name)
        pairs = sorted({*self.candles, *self.features})
        told = {"pairs": pairs, "trainings": self.trainings}
        (folder / "record.json").write_text(json.dumps(told))

    def _watch_decisions(self) -> None:
        honest, record = IStrategy.advise_exit, self

        def advise_exit(strategy: Any, frame: pd.DataFrame, metadata: Any) -> pd.DataFrame:
            decided: pd.DataFrame = honest(strategy, frame, metadata)
            record._keep_candles(strategy, decided, metadata["pair"])
            return decided

        IStrategy.advise_exit = advise_exit

    def _keep_candles(self, strategy: Any, decided: pd.DataFrame, pair: str) -> None:
        names = [*COLUMNS, *made_by(strategy.settings.signal_sets)]
        is_live = strategy.dp.runmode in TRADE_MODES
        rows = decided.tail(1) if is_live else decided
        kept = rows[[name for name in dict.fromkeys(names) if name in rows]]
        if is_live:
            kept = kept.assign(seen_at=pd.Timestamp.now(tz="UTC"))
        else:
            kept = kept[kept["date"] >= strategy._first_traded(decided)]
        self.candles[pair].append(kept)

    def _watch_predictions(self) -> None:
        honest, record = RegimeModelBase.predictions_of, self

        def predictions_of(model: Any, served: Any, frame: pd.DataFrame, dk: Any) -> Any:
            predicted, trusted = honest(model, served, frame, dk)
            kept = model.pools.renamed(frame.tail(1) if model.live else frame, dk.pair)
            record.features[dk.pair].append(kept[["date", *dk.training_features_list]])
            if record.untrusted:
                started = frame["date"].isin(record.untrusted).to_numpy()
                trusted = dk.do_predict = np.where(started, 0, trusted)
            return predicted, trusted

        RegimeModelBase.predictions_of = predictions_of  # type: ignore[method-assign,assignment]

    def _watch_trainings(self) -> None:
        honest, record = RegimeModelBase.hand_over, self

        def hand_over(model: Any, fitted: FittedWindow, champion: Any) -> Any:
            horizon = (model.settings.horizon_candles + 1) * model.base_tf_seconds
            record.trainings.append(_training(fitted, pd.Timedelta(seconds=horizon)))
            return honest(model, fitted, champion)

        RegimeModelBase.hand_over = hand_over  # type: ignore[method-assign,assignment]


def _training(fitted: FittedWindow, label_candles: pd.Timedelta) -> dict[str, Any]:
    """What a window was fitted on; times in epoch seconds.

    ``head_digest`` leaves out the last rows, whose label needs candles from after the window.
    """
    rows = fitted.rows
    dates = rows.workings["date"]
    stop = pd.Timestamp(fitted.stop, unit="s", tz="UTC")
    known = (dates < stop - label_candles).to_numpy()
    table = rows.features.assign(label=rows.label, moment=dates.dt.as_unit("s").astype("int64"))
    return {
        "pairs": list(fitted.pairs),
        "trained_from": dates.iloc[0].timestamp(),
        "trained_to": float(fitted.stop),
        "last_row": dates.iloc[-1].timestamp(),
        "rows": len(dates),
        "model_version": fitted.bundle.report.trained_until.timestamp(),
        "digest": _digest(table),
        "head_digest": _digest(table[known]),
    }


def _digest(table: pd.DataFrame) -> str:
    digest = hashlib.sha256(" ".join(map(str, table)).encode())
    digest.update(np.ascontiguousarray(table.to_numpy(dtype=float)).tobytes())
    return digest.hexdigest()[:16]
