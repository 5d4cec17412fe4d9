"""What a look at a candle decides about shadows and trainings, from the frame and registry."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.persistence import Trade

from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.model_life import DECISIONS, ModelLife
from freqai_regimes.freqtrade_bridge.model_watch import ModelWatch
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.model_life.drift import DriftOptions, reference
from freqai_regimes.model_life.promotion_gate import GateDecision
from freqai_regimes.model_life.registry import ModelRegistry
from freqai_regimes.model_life.version import Facts
from freqai_regimes.settings import Settings, parse_settings

PAIR, LABEL = "BTC/USDT", "&-forward_return"
ROWS, HORIZON = 400, 4
NOW = datetime(2024, 3, 1, tzinfo=UTC).timestamp()
LIFE: dict[str, Any] = {
    "shadow": {"enabled": True, "longest_candles": 390},
    "drift": {"watch_candles": 100},
    "triggers": {"on_alarm": "retrain"},
}


@dataclass(frozen=True)
class Bundle:
    """Knows a share of what comes; trained until a date."""

    skill: float
    report: SimpleNamespace


class Drawer:
    """The clock that FreqAI counts trainings from."""

    def __init__(self) -> None:
        self.trained = int(NOW - 3 * 3600)

    def get_pair_dict_info(self, pair: str) -> tuple[str, int]:
        return "", self.trained

    def stamp(self, pairs: Sequence[str], trained: int) -> None:
        self.trained = trained


class Model:
    """What a watch asks of FreqAI's model, with real settings and a real registry."""

    def __init__(self, root: Path, settings: Settings, config: dict[str, Any]) -> None:
        self.settings, self.config = settings, config
        self.life = ModelLife(settings, root, 3600)
        self.freqai_info = {"live_retrain_hours": 24}
        self.dd = Drawer()
        self.train_queue = deque(["ETH/USDT", PAIR])
        self.pools = SimpleNamespace(of=lambda pair: (pair,), renamed=lambda frame, pair: frame)
        self.registry = ModelRegistry(root, PAIR)
        self.asked: list[int] = []

    def train_next(self, pair: str) -> None:
        RegimeModelBase.train_next(cast(RegimeModelBase, self), pair)

    def predictions_of(
        self, served: ServedModel, frame: pd.DataFrame, dk: FreqaiDataKitchen
    ) -> tuple[pd.DataFrame, npt.NDArray[np.int_]]:
        self.asked.append(len(frame))
        skill = cast(Bundle, served.bundle).skill
        noise = np.random.default_rng(1000 + int(100 * skill)).normal(size=len(frame))
        said = skill * frame[LABEL].to_numpy() + 0.1 * noise
        return pd.DataFrame({LABEL: said}), np.ones(len(frame), dtype=np.int_)

    def keep(self, skill: float, facts: Facts) -> int:
        until = SimpleNamespace(trained_until=pd.Timestamp("2024-01-01", tz="UTC"))
        bundle = cast(RegimeExperts, Bundle(skill, until))
        told = {"label_list": [LABEL], "labels_mean": {LABEL: 0.0}, "labels_std": {LABEL: 1.0}}
        served = ServedModel(bundle, True, GateDecision(True, "test"), told)
        return self.registry.save(served, facts, "test").number


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    config = RunConfig.load("regime-4h", futures=False, model=True, own=()).merged
    config |= {"user_data_dir": tmp_path}
    config["regimes"] = config["regimes"] | {
        "life": LIFE,
        "label_sets": [
            {
                "label": "forward_return",
                "name": "forward_return",
                "horizon_candles": HORIZON,
                "volatility_half_life_candles": 12,
            }
        ],
    }
    monkeypatch.setattr(Trade, "get_trades_proxy", lambda **kwargs: [])

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(NOW, tz)

    monkeypatch.setattr("freqai_regimes.freqtrade_bridge.model_watch.datetime", Clock)
    return Model(tmp_path / "registry", parse_settings(config), config)


def frame(shift: float = 0.0) -> pd.DataFrame:
    """Candles after the training, the last ones without a known label."""
    rng = np.random.default_rng(1)
    label = np.convolve(rng.normal(size=ROWS + HORIZON - 1), np.full(HORIZON, 0.5), "valid")
    label[-HORIZON:] = np.nan
    date = pd.date_range("2024-01-01 01:00", periods=ROWS, freq="h", tz="UTC")
    return pd.DataFrame({"date": date, "%-x": rng.normal(size=ROWS) + shift, LABEL: label})


def facts(**more: Any) -> Facts:
    return Facts((PAIR,), "2023", "2024", "d", "f", "s", **more)


def with_drift_reference() -> Facts:
    trained = pd.DataFrame({"%-x": np.random.default_rng(2).normal(size=1000)})
    known = reference(trained, {"%-x": 1.0}, DriftOptions(watch_candles=100))
    return facts(drift_reference={PAIR: vars(known)})


def look(model: Model, candles: pd.DataFrame) -> ModelWatch:
    watch = ModelWatch(cast(RegimeModelBase, model))
    watch.look(PAIR, candles)
    return watch


@pytest.mark.parametrize(
    ("skill", "champion", "state"), [(0.6, 2, "champion"), (-0.6, 1, "retired")]
)
def test_a_shadow_that_is_better_takes_over_and_a_worse_one_goes(
    model: Model, skill: float, champion: int, state: str
) -> None:
    first, second = model.keep(0.0, facts()), model.keep(skill, facts())
    model.registry.change(lambda pointer: pointer.promoted(first, "a").shadowed(second, "b"))
    look(model, frame())
    pointer = model.registry.pointer()
    assert (pointer.champion, pointer.shadow) == (champion, None)
    assert pointer.state(second) == state
    assert pointer.reasons["2"].startswith("sequential test: mean loss ")


def test_drift_starts_the_pairs_training_next(model: Model) -> None:
    first = model.keep(0.5, with_drift_reference())
    model.registry.change(lambda pointer: pointer.promoted(first, "a"))
    calm = look(model, frame())
    assert calm.decisions[PAIR].trigger == "none"
    assert list(model.train_queue) == ["ETH/USDT", PAIR]
    watch = look(model, frame(shift=1.5))
    decision = watch.decisions[PAIR]
    assert (decision.retrain, decision.trigger) == (True, "drift")
    assert list(model.train_queue) == [PAIR, "ETH/USDT"]
    assert NOW - model.dd.trained > 24 * 3600  # FreqAI finds it due
    lines = (model.registry.folder / DECISIONS).read_text().splitlines()
    assert json.loads(lines[-1])["decision"] == f"retrain: {decision.reason}"


def test_wild_predictions_raise_the_alarm_on_losses(model: Model) -> None:
    first = model.keep(-1.0, facts())
    model.registry.change(lambda pointer: pointer.promoted(first, "a"))
    decision = look(model, frame()).decisions[PAIR]
    assert (decision.retrain, decision.trigger) == (True, "loss")


def test_only_new_and_changed_candles_are_predicted_and_none_before_there_are_enough(
    model: Model,
) -> None:
    first = model.keep(0.5, facts())
    model.registry.change(lambda pointer: pointer.promoted(first, "a"))
    candles, watch = frame(), ModelWatch(cast(RegimeModelBase, model))
    for rows in (79, 80, 81, 81, 200):  # 20 outcomes that do not overlap are needed: 80 candles
        watch.look(PAIR, candles[:rows])
    assert model.asked == [80, 1, 119]
    watch.look(PAIR, candles[:200].assign(**{"%-x": candles["%-x"].where(candles.index != 7)}))
    assert model.asked[3:] == [1]
    watch.look(PAIR, candles[50:210])
    assert model.asked[4:] == [10]


def test_a_pinned_champion_is_watched_but_not_trained(model: Model) -> None:
    first = model.keep(-1.0, facts())
    model.registry.change(lambda pointer: pointer.promoted(first, "a").with_pin(True))
    decision = look(model, frame()).decisions[PAIR]
    assert (decision.retrain, decision.trigger) == (False, "pin")
    assert list(model.train_queue) == ["ETH/USDT", PAIR]


def test_without_a_champion_the_schedule_decides(model: Model) -> None:
    assert look(model, frame()).decisions[PAIR].trigger == "none"
    model.dd.trained = int(NOW - 25 * 3600)
    assert look(model, frame()).decisions[PAIR].trigger == "schedule"
