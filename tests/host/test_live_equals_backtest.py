"""A replay finds live equal to its backtest, bit for bit, and names what is planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.cli.replay_causes import compared
from freqai_regimes.cli.replay_run import ReplayRun, replay
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.comparison import Comparison, Counted
from freqai_regimes.parity.side import Side
from tests.host import planted_defects
from tests.host.small_run import small_config, small_market

BTC, ETH = "BTC/USDT", "ETH/USDT"
NOON = pd.Timestamp("2024-01-03T12:00Z")
STEP = pd.Timedelta(minutes=5)
#: Trained every half hour; a live bot is due a little before.
HALF_HOURS = {"freqai": {"live_retrain_hours": 0.45}}
#: A gate that one day's validation rows can pass; it refuses some of the windows.
GATED = {
    "experts": {"validation_fraction": 0.3},
    "life": {
        "gate": {
            "enabled": True,
            "level": 0.05,
            "minimum_effective_rows": 10,
            "minimum_fresh_rows": 2,
        }
    },
}
POOLED = {
    "freqai": {"feature_parameters": {"include_corr_pairlist": [ETH]}},
    "regimes": {"windows": {"pool": "all", "span": "expanding", "anchor": "2023-12-30"}},
}

Replayed = tuple[Comparison, Side, Side]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Candles from before what FreqAI would download by itself, a day and the start-up candles."""
    return small_market(tmp_path_factory.mktemp("market"), start="2023-12-29", days=7)


def replayed(
    folder: Path,
    market: Path,
    candles: int,
    *changes: dict[str, Any],
    pairs: tuple[str, ...] = (BTC,),
    restart: int | None = None,
    **options: Any,
) -> Replayed:
    """Replay so many candles from noon on, with a restart after some of them."""
    (folder / "run").mkdir()
    own = small_config(folder, HALF_HOURS, *changes)[-1]
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    run = ReplayRun(
        config=config,
        pairs=list(pairs),
        datadir=market,
        start=NOON,
        end=NOON + candles * STEP,
        folder=folder / "run",
        userdir=folder,
        **options,
    )
    run = run.restarted_at([] if restart is None else [NOON + restart * STEP])
    live, backtest = replay(run, lambda _: None)
    return compared(run, live, backtest), live, backtest


def strategy(folder: Path, name: str) -> str:
    """Put a planted strategy where a user's own ones lie."""
    (folder / "strategies").mkdir()
    told = planted_defects.__name__
    text = f"from {told} import {name} as Planted\n\n\nclass {name}Here(Planted):\n    pass\n"
    (folder / "strategies" / f"{name}.py").write_text(text)
    return f"{name}Here"


def assert_equal(found: Comparison, trainings: int, marked: set[pd.Timestamp]) -> None:
    """Nothing differs but fills by the spread, and what FreqAI marks after a restart."""
    assert found.passed, found.by_cause().to_string()
    assert found.counted["training"] == Counted(trainings, 0)
    assert found.counted["trade"].compared > 0
    by_candle = [each for each in found.differences if each.cause == Cause.FIRST_CANDLE]
    assert {each.date for each in by_candle} == marked
    others = [each for each in found.differences if each.cause != Cause.FIRST_CANDLE]
    assert {each.root or each.cause for each in others} == {Cause.SPREAD}


def test_with_the_gate_and_a_restart(tmp_path: Path) -> None:
    market = small_market(tmp_path / "market")
    found, live, backtest = replayed(tmp_path, market, 26, {"regimes": GATED}, restart=14)
    assert_equal(found, trainings=5, marked={NOON + 13 * STEP})
    assert live.trainings["digest"].tolist() == backtest.trainings["digest"].tolist()
    candles = live.candles[BTC].set_index("date")[NOON:]
    trusted = candles["do_predict"] == 1
    assert not trusted[NOON] and not trusted[NOON + 13 * STEP]  # marked: the first after a start
    assert 0 < trusted.sum() < len(trusted) - 2  # and the gate had something to say
    assert candles["model_version"][trusted].nunique() >= 2


def test_pooled_and_expanding_with_a_correlated_pair(tmp_path: Path, market: Path) -> None:
    found, live, _ = replayed(tmp_path, market, 14, POOLED, pairs=(BTC, ETH), restart=8)
    assert_equal(found, trainings=6, marked={NOON + 7 * STEP})
    assert set(live.trainings["trained_from"]) == {pd.Timestamp("2023-12-30", tz="UTC")}
    by_stop = live.trainings.groupby("trained_to")["digest"].nunique()
    assert by_stop.tolist() == [1, 1, 1]  # one training serves both pairs
    assert any("ETH" in name for name in live.features[BTC])


def test_planted_features_are_found_and_named(tmp_path: Path, market: Path) -> None:
    name = strategy(tmp_path, "PlantedFeatures")
    found, _, _ = replayed(tmp_path, market, 18, strategy=name)
    assert found.exit_code == 1
    causes = found.by_cause()
    for cause, column in ((Cause.LOOK_AHEAD, "%-peek"), (Cause.HISTORY, "%-since_start")):
        reasons = set(causes[causes["cause"] == cause]["reason"])
        assert any(reason.startswith(f"{column}:") for reason in reasons), causes.to_string()
    seen = {each.root or each.cause for each in found.differences if each.kind == "prediction"}
    assert seen - {Cause.FIRST_CANDLE} == {Cause.LOOK_AHEAD, Cause.HISTORY}


def test_planted_labels_and_a_drift_are_found_and_named(tmp_path: Path, market: Path) -> None:
    name = strategy(tmp_path, "PlantedLabels")
    late = planted_defects.__name__
    found, _, _ = replayed(tmp_path, market, 22, strategy=name, live=late)
    assert found.exit_code == 1
    trained = [each for each in found.differences if each.kind == "training"]
    assert {each.cause for each in trained} == {Cause.LABEL_TAIL, Cause.DRIFTED_CADENCE}
    [first] = [each for each in trained if each.cause == Cause.LABEL_TAIL]
    assert first.date == NOON
    unallowed = [each for each in found.differences if not each.allowed]
    predicted = [each for each in unallowed if each.kind in ("model", "prediction")]
    assert {each.cause for each in predicted} == {Cause.LABEL_TAIL, Cause.DRIFTED_CADENCE}
