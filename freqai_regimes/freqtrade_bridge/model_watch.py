"""Looks at each live candle: whether the champion still fits, or its shadow is the better one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.kept_predictions import KeptPredictions
from freqai_regimes.freqtrade_bridge.model_life import Serving
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.model_life.degradation import (
    Finding,
    could_alarm,
    losses_against_naive,
    losses_over_time,
    sharpe_of_trades,
)
from freqai_regimes.model_life.drift import DriftReference, drift
from freqai_regimes.model_life.promotion_gate import GateRows
from freqai_regimes.model_life.shadow import judge_shadow
from freqai_regimes.model_life.triggers import RetrainDecision, decide
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.model import RegimeModelBase

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """Candles after a training whose label is known by now, and what a model says of them."""

    date: npt.NDArray[np.datetime64]
    label: Floats
    predicted: Floats


class ModelWatch:
    """Watches the champions of one live bot.

    All is decided anew from the strategy's frame at each candle, so a restart forgets nothing; it
    looks back no further than that frame does. Predictions of unchanged candles are kept.

    Attributes
    ----------
    decisions : pair -> whether its model is to be trained again, and why, at the last candle.
    """

    def __init__(self, model: RegimeModelBase) -> None:
        self._model = model
        self._life = model.life
        self._raised: dict[str, set[str]] = {}
        self.decisions: dict[str, RetrainDecision] = {}
        self._kept = KeptPredictions()
        learners = model.settings.learners
        self._asks_of_rows_alone = all(getattr(each, "window_candles", 1) == 1 for each in learners)

    def look(self, pair: str, frame: pd.DataFrame) -> None:
        """Decide about a shadow and about a training (frame: features and labels, closed candles).

        A training that is asked for is the next one in FreqAI's queue.
        """
        model, pool = self._model, self._model.pools.of(pair)
        serving = self._life.serving(pool)
        alarms: dict[str, Finding] = {}
        if serving.champion is not None:
            alarms = self._alarms(pair, serving, serving.champion, frame)
            self._tell(pair, pool, alarms)
            if serving.shadow is not None:
                self._judge_shadow(pair, pool, serving.champion, serving.shadow, frame)
        now = datetime.now(UTC).timestamp()
        every_hours = float(model.freqai_info.get("live_retrain_hours", 0))
        decision = decide(
            now,
            model.dd.get_pair_dict_info(pair)[1],
            None if serving.champion is None else _until(serving.champion).timestamp(),
            serving.pointer.pinned,
            alarms,
            self._model.settings.life.triggers,
            every_hours,
        )
        before = self.decisions.get(pair)
        if before is None or before.trigger != decision.trigger or decision.retrain:
            verdict = "retrain" if decision.retrain else "no training"
            self._life.note(pool, f"{pair} {decision.trigger}", f"{verdict}: {decision.reason}")
        self.decisions[pair] = decision
        if decision.retrain and decision.trigger != "schedule":
            model.dd.stamp(pool, int(now - every_hours * 3600) - 1)
            model.train_next(pair)

    def _alarms(
        self, pair: str, serving: Serving, champion: ServedModel, frame: pd.DataFrame
    ) -> dict[str, Finding]:
        options, found = self._model.settings.life, {}
        recent = frame[frame["date"] > _until(champion)]
        references = {} if serving.version is None else serving.version.facts.drift_reference
        if pair in references:
            known = DriftReference.read(references[pair])
            seen = drift(known, self._model.pools.renamed(recent, pair), options.drift)
            found["drift"] = Finding(seen.drifted, seen.reason)
        horizon = self._model.settings.horizon_candles
        resolved = int(recent[champion.told["label_list"][0]].notna().sum())
        if could_alarm(resolved, horizon, options.degradation):
            found |= self._losses(self._outcomes(pair, "champion", champion, recent), champion)
        found["trades"] = self._trades(pair)
        return found

    def _losses(self, outcomes: Outcomes, champion: ServedModel) -> dict[str, Finding]:
        options, horizon = self._model.settings.life, self._model.settings.horizon_candles
        if not len(outcomes.label):
            return {}
        mean = next(iter(champion.told["labels_mean"].values()))
        rows = GateRows(outcomes.date, outcomes.label, outcomes.predicted, None, mean)
        losses = (outcomes.label - outcomes.predicted)[::horizon] ** 2
        return {
            "loss": losses_against_naive(rows, horizon, options.degradation),
            "loss change": losses_over_time(losses, options.degradation),
        }

    def _outcomes(self, pair: str, name: str, served: ServedModel, frame: pd.DataFrame) -> Outcomes:
        """What a model says of candles with a known label; ``name``: which question this is."""
        kitchen = FreqaiDataKitchen(self._model.config, True, pair)
        label = served.told["label_list"][0]
        known = frame[frame[label].notna()]
        if known.empty:
            nothing = np.empty(0)
            return Outcomes(np.empty(0, dtype="datetime64[ns]"), nothing, nothing)
        kitchen.find_labels(known)
        kitchen.find_features(known)

        def ask(rows: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.bool_]]:
            said, usable = self._model.predictions_of(served, rows, kitchen)
            return said[label].to_numpy(dtype=float), usable == 1

        if self._asks_of_rows_alone:
            wanted = (*kitchen.training_features_list, *REGIME_COLUMNS)
            inputs = [name for name in wanted if name in known]
            predicted, mask = self._kept.of((pair, name), served, known, inputs, ask)
        else:
            predicted, mask = ask(known.reset_index(drop=True))
        return Outcomes(
            known["date"].dt.tz_localize(None).to_numpy()[mask],
            known[label].to_numpy(dtype=float)[mask],
            predicted[mask],
        )

    def _trades(self, pair: str) -> Finding:
        options = self._model.settings.life.degradation
        today = datetime.now(UTC)
        if options.minimum_sharpe is None:  # spare the database
            return sharpe_of_trades(np.empty(0), np.empty(0, dtype=int), options)
        oldest = today - timedelta(days=options.sharpe_days)
        closed = [
            (trade.close_profit or 0.0, (trade.close_date_utc - oldest).days)
            for trade in Trade.get_trades_proxy(pair=pair, is_open=False, close_date=oldest)
            if trade.close_date_utc <= today
        ]
        days = np.array([min(day, options.sharpe_days - 1) for _, day in closed], dtype=int)
        return sharpe_of_trades(np.array([profit for profit, _ in closed]), days, options)

    def _tell(self, pair: str, pool: Sequence[str], alarms: dict[str, Finding]) -> None:
        """Tell each alarm once, when it is first raised."""
        raised = {name for name, found in alarms.items() if found.alarm}
        for name in sorted(raised - self._raised.get(pair, set())):
            self._life.alarm(pool, f"{name} of {pair}: {alarms[name].reason}")
        self._raised[pair] = raised

    def _judge_shadow(
        self,
        pair: str,
        pool: Sequence[str],
        champion: ServedModel,
        shadow: ServedModel,
        frame: pd.DataFrame,
    ) -> None:
        since = frame[frame["date"] > max(_until(shadow), _until(champion))]
        one = self._outcomes(pair, "champion beside its shadow", champion, since)
        other = self._outcomes(pair, "shadow", shadow, since)
        decision = judge_shadow(
            (one.label - one.predicted) ** 2,
            (other.label - other.predicted) ** 2,
            self._model.settings.horizon_candles,
            self._model.settings.life.shadow,
        )
        number = shadow.number
        if decision.verdict == "wait" or number is None:
            return
        self._life.note(pool, "shadow", f"version {number}: {decision.verdict}: {decision.reason}")
        if decision.verdict == "promote":
            self._life.change(pool, lambda pointer: pointer.promoted(number, decision.reason))
        else:
            self._life.change(pool, lambda pointer: pointer.shadow_dropped(decision.reason))


def _until(served: ServedModel) -> pd.Timestamp:
    return pd.Timestamp(served.bundle.report.trained_until)
