"""Step ``threshold_rule``: every stored vector of the peer, missing scores, ranges for hyperopt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.signal_sets import threshold_rule
from tests.reference_vectors import cases, deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]
NAN = float("nan")


def options(**given: Any) -> threshold_rule.Options:
    return threshold_rule.Options.model_validate(
        {"generator": "threshold_rule", "columns": "score", **given}
    )


@pytest.mark.parametrize("candles", INPUTS)
def test_every_vector_of_the_peer(candles: str, reference: Path) -> None:
    scores = pd.read_feather(reference / f"signals/scores_{candles}.feather")
    frame = pd.DataFrame(
        {
            "trade_score": scores["up_a"] - scores["down_a"],
            "score_2": scores["up_b"] - scores["down_b"],
        }
    )
    stored = pd.read_feather(reference / f"signals/signals_{candles}.feather")
    found = [
        case
        for case in cases(reference, f"signals/signals_{candles}.feather")
        if case["generator"].startswith("threshold_rule")
    ]
    assert len(found) == 6
    assert "Ours: both" in deviation(reference, "threshold_rule_list")
    for case in found:
        config = case["config"]
        given = {
            name.replace("_signal_threshold", "_threshold"): value
            for name, value in config["parameters"].items()
        }
        stated = config["columns"]
        # A list of one is what the peer fails on.
        for columns in (stated, [stated] if isinstance(stated, str) else list(stated)):
            own = options(columns=columns, names=config["names"], **given)
            got = threshold_rule.compute(frame, own)
            for name in config["names"]:
                expected = stored[f"{case['case']}__{name}"].astype(int)
                assert got[name].astype(int).equals(expected), (case["case"], name)


def test_thresholds_are_reached_by_equality_and_never_by_what_is_missing() -> None:
    frame = pd.DataFrame({"score": [0.1, 0.0999, -0.1, NAN], "other": [0.0, 1.0, 0.1, 1.0]})
    one = threshold_rule.compute(frame, options())
    assert one["buy_signal"].tolist() == [1, 0, 0, 0]
    assert one["sell_signal"].tolist() == [0, 0, 1, 0]
    two = threshold_rule.compute(frame, options(columns=["score", "other"]))
    assert two["buy_signal"].tolist() == [1, 0, 0, 0]
    assert two["sell_signal"].tolist() == [0, 0, 0, 0]


def test_hyperopt_looks_where_told_and_always_at_the_value_itself() -> None:
    own = options(buy_threshold=0.6, sell_threshold=0.4, buy_range=(0.5, 0.9))
    assert own.searched("buy_threshold") == (0.5, 0.9)
    assert own.searched("sell_threshold") == (-1.0, 0.4)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"buy_threshold": -0.2}, "would buy and sell at once"),
        ({"columns": ["a", "b"], "buy_threshold_2": -1}, "buy_threshold_2 -1 lies below"),
        ({"names": ["x", "x"]}, "one is for buy"),
        ({"buy_range": [0.5, 0.5]}, "lower end first"),
        ({"columns": ["a", "b", "c"]}, "at most 2"),
        ({"buy_threshold": NAN}, "finite"),
    ],
)
def test_options_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        options(**given)
