"""Step ``smooth``: every stored vector of the peer, what differs, and rows that need no history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.signal_sets import smooth
from tests.reference_vectors import assert_equals_peer, cases, deviation

INPUTS = ["btc_1m", "btc_1h", "eth_5m"]
NAN = float("nan")


def options(**given: Any) -> smooth.Options:
    return smooth.Options.model_validate(
        {"generator": "smooth", "columns": ["a", "b"], "name": "s", **given}
    )


def smoothed(values: dict[str, list[float]], **given: Any) -> list[float]:
    made = smooth.compute(pd.DataFrame(values), options(columns=list(values), **given))
    return [float(value) for value in made["s"]]


def of_peer(config: dict[str, Any]) -> smooth.Options:
    """Our options for the peer's: a whole number is a window, any other a span."""
    window = config.get("window")
    length = {"span_candles" if isinstance(window, float) else "window_candles": window}
    own = {"columns": config["columns"], "name": config["names"]} | (length if window else {})
    return options(**own, point_threshold=config.get("point_threshold"))


@pytest.mark.parametrize("candles", INPUTS)
def test_every_vector_of_the_peer(candles: str, reference: Path) -> None:
    scores = pd.read_feather(reference / f"signals/scores_{candles}.feather")
    stored = pd.read_feather(reference / f"signals/signals_{candles}.feather")
    found = [
        case
        for case in cases(reference, f"signals/signals_{candles}.feather")
        if case["generator"] == "smoothen"
    ]
    assert len(found) == 9
    assert "NaN stays NaN" in deviation(reference, "point_threshold_nan")
    for case in found:
        own = of_peer(case["config"])
        got, expected = smooth.compute(scores, own)["s"], stored[f"{case['case']}__s"]
        if own.point_threshold is not None:
            # A row where all is missing counts as below there, and is missing here.
            missing = scores[list(own.columns)].isna().all(axis=1)
            assert missing.sum() == 1
            reached = own.window_candles or 1
            rows = missing.rolling(reached, min_periods=1).max().astype(bool)
            if own.span_candles is not None:
                rows |= missing.cumsum() > 0
            got, expected = got[~rows], expected[~rows]
        assert_equals_peer(got, expected, case["case"])


def test_a_missing_value_under_a_point_threshold_stays_missing() -> None:
    assert smoothed({"a": [0.7, NAN, 0.2]}, point_threshold=0.6)[0::2] == [1.0, 0.0]
    assert np.isnan(smoothed({"a": [0.7, NAN, 0.2]}, point_threshold=0.6)[1])
    assert smoothed({"a": [0.7, NAN, 0.2]}, point_threshold=0.6, window_candles=3)[2] == 0.5


def test_by_hand() -> None:
    assert smoothed({"a": [1, NAN, 3], "b": [3, 5, NAN]}) == [2.0, 5.0, 3.0]
    got = smoothed({"a": [1.0, 2.0, 3.0, 6.0, NAN]}, window_candles=4)
    assert np.isnan(got[0]) and got[1:] == [1.5, 2.0, 3.0, pytest.approx(11 / 3)]
    # Span 3 weighs the newest by one half.
    assert smoothed({"a": [0.0, 1.0, 1.0]}, span_candles=3) == [0.0, 0.5, 0.75]


@pytest.mark.parametrize("window", [1, 7, 96])
def test_a_simple_average_is_its_window_to_the_bit(window: int) -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": np.where(rng.random(400) < 0.1, NAN, rng.normal(size=400))})
    own = options(columns=["a"], window_candles=window)
    whole = smooth.compute(frame, own)["s"]
    expected = frame["a"].rolling(window, min_periods=window // 2).mean()
    np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-14)
    for start in (1, 50, 211):
        later = smooth.compute(frame.iloc[start:], own)["s"].iloc[smooth.warm_up_candles(own) :]
        assert later.equals(whole.loc[later.index])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"window_candles": 3, "span_candles": 3}, "not both"),
        ({"window_candles": 0}, "greater than or equal to 1"),
        ({"span_candles": 0.5}, "greater than or equal to 1"),
        ({"columns": []}, "at least 1"),
        ({"columns": ["a", "a"]}, "only once"),
        ({"name": "two words"}, "match pattern"),
        ({"point_threshold": NAN}, "finite"),
    ],
)
def test_options_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        options(**given)
