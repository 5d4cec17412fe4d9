"""Signals and tags of candles by hand, on each side, by each of the three ways to enter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.freqtrade_bridge.trade_signals import TradeSignals
from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets.threshold_rule import Options

NAN = np.nan


def candles(**columns: list[float]) -> pd.DataFrame:
    absent = {name: [NAN] * 3 for name in ("score", "expected_return")}
    return pd.DataFrame({"regime": [1.0, 1.0, -1.0], "weight": [1.0, 0.0, -1.0]} | absent | columns)


def settings(entry: str, **sections: Any) -> Settings:
    return Settings.model_validate({"entry": entry, **sections})


def listed(columns: dict[str, pd.Series]) -> dict[str, list[int]]:
    return {name: values.to_list() for name, values in columns.items()}


def test_by_regime_the_target_weight_opens_and_closes() -> None:
    signals = TradeSignals(settings("regime"), None, can_short=True)
    assert listed(signals.entries(candles())) == {
        "enter_long": [1, 0, 0],
        "enter_short": [0, 0, 1],
    }
    assert listed(signals.exits(candles())) == {"exit_long": [0, 1, 1], "exit_short": [1, 1, 0]}
    assert signals.exit_tags(candles()).to_list() == ["regime"] * 3  # nobody has a score


def test_without_shorts_there_is_no_column_of_theirs() -> None:
    signals = TradeSignals(settings("regime"), None, can_short=False)
    assert set(signals.entries(candles())) == {"enter_long"}
    assert set(signals.exits(candles())) == {"exit_long"}


def test_by_edge_a_prediction_that_has_turned_closes_and_its_edge_is_told() -> None:
    edge = {"entry_threshold": 0.01, "exit_threshold": 0.001}
    wanted = settings("edge", edge=edge, costs={"fee": 0.001, "slippage": 0.0})
    frame = candles(score=[-0.4, 0.5, NAN], expected_return=[-0.003, 0.0005, 0.005])
    signals = TradeSignals(wanted, None, can_short=True)
    assert listed(signals.exits(frame)) == {"exit_long": [1, 0, 0], "exit_short": [0, 0, 1]}
    # a short would gain 0.003, more than the round trip of 0.002 and less than twice as much
    assert signals.exit_tags(frame).to_list() == [
        "reversal bull score -0.4 edge +",
        "reversal bull score +0.4",  # closes nothing; 0.5 in steps of 0.2, ties to the even one
        "reversal",
    ]


def test_by_signal_the_rule_decides_and_its_score_is_told() -> None:
    rule = Options(generator="threshold_rule", columns=("own",))
    frame = candles(own=[0.2, -1.0, 0.6], score=[0.9] * 3).assign(
        buy_signal=[1, 0, 0], sell_signal=[0, 1, 0]
    )
    signals = TradeSignals(Settings(entry="signal", signal_sets=[rule]), rule, can_short=True)
    assert listed(signals.exits(frame)) == {"exit_long": [0, 1, 0], "exit_short": [1, 0, 0]}
    assert signals.entry_tags(frame).to_list() == [
        "bull score +0.2",
        "bull score -1.0",
        "bear score +0.6",
    ]


def test_a_refused_model_is_not_named() -> None:
    """What FreqAI's frame says of the expert counts only where the prediction may be traded on."""
    frame = candles(weight=[1.0] * 3, model_expert=[0.0, 1.0, 3.0], expert=[0.0, NAN, 3.0])
    signals = TradeSignals(Settings(), None, can_short=True)
    assert signals.entry_tags(frame).to_list() == ["bull pooled", "bull", "bear expert"]
