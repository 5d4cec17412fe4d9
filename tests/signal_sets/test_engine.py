"""The order of ``signal_sets``: what a step may use, what it may not, and how long all need."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from freqai_regimes.errors import SettingsError
from freqai_regimes.signal_sets.engine import (
    SIGNAL_OPTIONS,
    SignalSet,
    cautions,
    compute_signals,
    made_by,
    traded_rule,
    wanted_columns,
    warm_up_candles,
)

FRAME = pd.DataFrame({"close": [1.0, 2.0, 3.0], "up": [0.2, 0.8, 0.9], "down": [0.6, 0.1, 0.0]})


def sets(*entries: dict[str, Any]) -> tuple[SignalSet, ...]:
    adapter: TypeAdapter[tuple[SignalSet, ...]] = TypeAdapter(tuple[SignalSet, ...])
    return adapter.validate_python(entries)


CHAIN = sets(
    {"generator": "smooth", "columns": "up", "name": "buy_score", "window_candles": 2},
    {"generator": "smooth", "columns": "down", "name": "sell_score", "span_candles": 3},
    {"generator": "combine", "columns": ["buy_score", "sell_score"], "name": "trade_score"},
    {"generator": "threshold_rule", "columns": "trade_score", "buy_threshold": 0.4},
)


def test_a_step_uses_what_the_ones_before_it_made() -> None:
    before = FRAME.copy()
    made = compute_signals(FRAME, CHAIN)
    assert (
        list(made)
        == made_by(CHAIN)
        == [*("buy_score", "sell_score", "trade_score", "buy_signal", "sell_signal")]
    )
    assert made["trade_score"].tolist() == pytest.approx([-0.4, 0.5 - 0.35, 0.85 - 0.175])
    assert made["buy_signal"].tolist() == [0, 0, 1]
    assert made["sell_signal"].tolist() == [1, 0, 0]
    assert before.equals(FRAME)


def test_what_all_need_from_outside_and_for_how_long() -> None:
    assert wanted_columns(CHAIN) == ["up", "down"]
    assert warm_up_candles(CHAIN) == 40  # of the span, see exponential_memory
    longer = sets(
        {"generator": "rank", "column": "up", "name": "a", "window_candles": 11},
        {"generator": "smooth", "columns": ["a"], "name": "b", "window_candles": 5},
        {"generator": "smooth", "columns": ["down"], "name": "c", "window_candles": 6},
    )
    assert warm_up_candles(longer) == 14
    assert warm_up_candles(()) == 0 and wanted_columns(()) == []
    assert compute_signals(FRAME, ()).shape == (3, 0)


def test_the_rule_that_comes_last_is_traded() -> None:
    first, second = (
        {"generator": "threshold_rule", "columns": "up", "names": [f"b{n}", f"s{n}"]}
        for n in (1, 2)
    )
    rule = traded_rule(sets(first, second))
    assert rule is not None and rule.names == ("b2", "s2")
    assert traded_rule(CHAIN[:3]) is None


def test_a_column_that_nothing_makes_is_told() -> None:
    step = sets({"generator": "smooth", "columns": ["upp"], "name": "s"})
    with pytest.raises(
        SettingsError, match=r"smooth asks for upp, which .* close, up, down\. A co"
    ):
        compute_signals(FRAME, step)


def test_a_column_of_the_candles_is_never_replaced() -> None:
    step = sets({"generator": "smooth", "columns": ["up"], "name": "close"})
    with pytest.raises(SettingsError, match="make close, which is a column of the candles already"):
        compute_signals(FRAME, step)


def test_a_score_that_is_cut_off_is_told() -> None:
    step = {"generator": "combine", "columns": ["up", "down"], "name": "s", "coefficient": 2}
    assert cautions(sets(step)) == [
        "signal_sets: s can reach 2 and is cut off at 1: lower coefficient or constant"
    ]
    assert cautions(CHAIN) == []


def test_every_step_is_known_by_its_name() -> None:
    assert set(SIGNAL_OPTIONS) == {"smooth", "combine", "rank", "threshold_rule"}
