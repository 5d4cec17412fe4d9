"""Step ``combine``: every stored vector of the peer, and the rows where ours differs on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.signal_sets import combine
from tests.reference_vectors import assert_equals_peer, cases, deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]
NAN = float("nan")
RULES = {None: "signed_maximum", "no_combine": "signed_maximum"}


def options(**given: Any) -> combine.Options:
    return combine.Options.model_validate(
        {"generator": "combine", "columns": ["u", "d"], "name": "score", **given}
    )


def combined(up: float, down: float, **given: Any) -> float:
    frame = pd.DataFrame({"u": [up], "d": [down]})
    return float(combine.compute(frame, options(**given))["score"].iloc[0])


@pytest.mark.parametrize("candles", INPUTS)
def test_every_vector_of_the_peer(candles: str, reference: Path) -> None:
    scores = pd.read_feather(reference / f"signals/scores_{candles}.feather")
    stored = pd.read_feather(reference / f"signals/signals_{candles}.feather")
    found = [
        case
        for case in cases(reference, f"signals/signals_{candles}.feather")
        if case["generator"] == "combine"
    ]
    assert len(found) == 9
    for case in found:
        config = case["config"]
        rule = config.get("combine")
        coefficient = config.get("coefficient") or 1.0  # 0 counts as not given there
        constant = config.get("constant") or 0.0
        given = {"columns": config["columns"], "rule": RULES.get(rule, rule)}
        own = options(**given, coefficient=coefficient, constant=constant)
        up, down = scores[config["columns"][0]], scores[config["columns"][1]]
        got = combine.compute(scores, own)["score"]
        expected = stored[f"{case['case']}__trade_score"]
        named = pd.Series(False, index=got.index)
        nothing = (up == 0) & (down == 0)
        if own.rule == "relative":
            assert "Ours: 0, neutral" in deviation(reference, "zero_over_zero_is_zero")
            assert (got[nothing] == own.constant).all() and nothing.sum() == 3
            assert expected[nothing].isna().all()
            named |= nothing
        if own.rule == "signed_maximum":
            assert "Ours: NaN" in deviation(reference, "no_combine_nan")
            missing = up.isna() | down.isna()
            assert got[missing].isna().all() and expected[missing].notna().any()
            named |= missing
        if abs(coefficient) + abs(constant) > 1:
            assert "Ours: clipped" in deviation(reference, "score_clipped")
            beyond = (expected.abs() > 1) & ~named
            assert (got[beyond] == np.sign(expected[beyond])).all() and beyond.any()
            unclipped = combine.compute(scores, own.model_copy(update={"clip": False}))["score"]
            assert_equals_peer(unclipped[~named], expected[~named], case["case"])
            named |= beyond
        assert_equals_peer(got[~named], expected[~named], case["case"])


def test_the_worked_example() -> None:
    rules = ("relative", "difference", "signed_maximum")
    assert [combined(0.6, 0.2, rule=rule) for rule in rules] == pytest.approx([0.5, 0.4, 0.6])
    assert [combined(0.2, 0.6, rule=rule) for rule in rules] == pytest.approx([-0.5, -0.4, -0.6])
    assert [combined(0.0, 0.0, rule=rule) for rule in rules] == [0.0] * 3
    assert [combined(0.3, 0.3, rule=rule) for rule in rules] == pytest.approx([0, 0, 0.3])


@pytest.mark.parametrize("rule", ["relative", "difference", "signed_maximum"])
def test_what_is_missing_stays_missing(rule: str) -> None:
    assert np.isnan([combined(*both, rule=rule) for both in [(NAN, 0.2), (0.2, NAN)]]).all()


def test_the_score_stays_in_its_range_unless_told() -> None:
    own: dict[str, Any] = {"coefficient": 3, "constant": -0.5}
    assert combined(0.9, 0.1, **own) == 1.0
    assert combined(0.9, 0.1, **own, clip=False) == pytest.approx(1.9)
    assert combine.caution(options(**own)) is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"coefficient": 0}, "0 leaves nothing"),
        ({"columns": ["u"]}, "at least 2"),
        ({"columns": ["u", "d", "x"]}, "at most 2"),
        ({"rule": "sum"}, "difference"),
    ],
)
def test_options_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        options(**given)
