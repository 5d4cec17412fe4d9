"""First-touch labels against the Intelligent Trading Bot, an independent variant and a loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.first_touch import Options, compute
from tests.labels.expected import INPUTS, candles, entry, rows_known
from tests.random_candles import random_candles


def options_of(case: dict[str, Any], **more: object) -> Options:
    """Our options for the peer's, whose thresholds are percent."""
    return Options(
        label="first_touch",
        side=case["function"],
        reference=case["columns"][0],
        up=case["columns"][1],
        down=case["columns"][2],
        thresholds=tuple(threshold / 100 for threshold in case["thresholds"]),
        tolerance=case["tolerance"],
        horizon_candles=case["horizon"],
        names=tuple(case["names"]),
    ).model_copy(update=more)


def cases(reference: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = entry(reference, f"labels/highlow2_{name}.feather")["cases"]
    return found


@pytest.mark.parametrize("name", INPUTS)
def test_peer_with_its_tie_rule(reference: Path, name: str) -> None:
    frame = candles(reference, name)
    expected = pd.read_feather(reference / "labels" / f"highlow2_{name}.feather")
    for case in cases(reference, name):
        got = compute(frame, options_of(case, ties="optimistic"))
        whole = slice(0, len(frame) - case["horizon"])
        for column in case["names"]:
            assert (got.values[column][whole] == expected[column][whole]).all(), column
            # Deviation: the peer says no on its last rows, even where a level has been crossed.
            assert not expected[column].iloc[-case["horizon"] :].any(), column
            unsettled = got.values[column].isna()
            assert unsettled.any() and unsettled[unsettled].index[0] >= whole.stop, column


@pytest.mark.parametrize("name", INPUTS)
def test_crossings_times_and_both_ties(reference: Path, name: str) -> None:
    frame = candles(reference, name)
    resolved = pd.read_feather(reference / "labels" / f"highlow2_{name}_resolved.feather")
    ties = 0
    for case in cases(reference, name):
        optimistic = compute(frame, options_of(case, ties="optimistic"))
        pessimistic = compute(frame, options_of(case))
        dropped = compute(frame, options_of(case, ties="drop"))
        for column in case["names"]:
            hit, opposite = (resolved[f"{column}|first_{way}"] for way in ("hit", "opposite"))
            true, false = (resolved[f"{column}|ties_{way}"] for way in ("true", "false"))
            pd.testing.assert_series_equal(optimistic.values[column], true, check_names=False)
            pd.testing.assert_series_equal(pessimistic.values[column], false, check_names=False)
            tie = (hit == opposite) & (hit >= 0)
            pd.testing.assert_series_equal(
                dropped.values[column], false.mask(tie), check_names=False
            )
            assert dropped.known_at[column][tie].isna().all()
            for got in (optimistic, pessimistic):
                known = rows_known(frame, got.known_at[column])
                assert (known == resolved[f"{column}|known_at"]).all(), column
            ties += int(tie.sum())
    assert ties == entry(reference, f"labels/highlow2_{name}_resolved.feather")["ties"]


@pytest.mark.parametrize("side", ["high", "low"])
@pytest.mark.parametrize("tolerance", [0.0, 0.25, 1.0, 3.0])
def test_values_are_those_of_a_plain_loop(side: str, tolerance: float) -> None:
    """Whole prices, so that levels are touched without being crossed; tolerance 0 included."""
    frame = random_candles(150, seed=3)
    frame[["open", "high", "low", "close"]] = frame[["open", "high", "low", "close"]].round(0)
    horizon, threshold = 6, 0.0125
    got = compute(
        frame,
        Options.model_validate(
            {"label": "first_touch", "side": side, "thresholds": (threshold,)}
            | {"tolerance": tolerance, "horizon_candles": horizon, "ties": "drop", "names": ("x",)}
        ),
    )
    up, down = (threshold, threshold * tolerance)[:: 1 if side == "high" else -1]
    decided, ties = 0, 0
    for row, close in enumerate(frame["close"]):
        value, known = np.nan, -1
        for k in range(row + 1, min(row + horizon, 149) + 1):
            above = frame["high"][k] > close * (1 + up)
            below = frame["low"][k] < close * (1 - down)
            if above or below:
                value, known = float(above == (side == "high")), k
                if above and below:
                    value, known, ties = np.nan, -1, ties + 1
                break
        else:
            if row + horizon < 150:
                value, known = 0.0, row + horizon
        assert got.values["x"][row] == value or np.isnan([got.values["x"][row], value]).all()
        assert rows_known(frame, got.known_at["x"])[row] == known
        decided += known >= 0
    assert decided > 100
    assert (ties > 0) == (tolerance < 1)


def test_a_reference_that_is_missing_has_no_label_and_no_names_are_made_up() -> None:
    frame = random_candles(30)
    frame["fair"] = frame["close"].where(frame.index != 4)
    options = Options(
        label="first_touch", reference="fair", thresholds=(0.01, 0.005), horizon_candles=9
    )
    got = compute(frame, options)
    assert list(got.values) == ["high_first_0.01_9", "high_first_0.005_9"]
    assert got.values.iloc[4].isna().all() and got.values.iloc[:4].notna().all(axis=None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_candles": 0}, "greater than or equal to 1"),
        ({"thresholds": (0.0,)}, "greater than 0"),
        ({"thresholds": ()}, "at least 1 item"),
        ({"thresholds": (0.01, 0.01)}, "thresholds repeat"),
        ({"thresholds": (float("inf"),)}, "finite number"),
        ({"tolerance": -0.1}, "greater than or equal to 0"),
        ({"names": ("a", "b")}, "2 names for 1 thresholds: give one for each"),
        ({"thresholds": (0.01, 0.02), "names": ("a", "a")}, "names repeat in a, a"),
        ({"names": ("100%",)}, "match pattern"),
        ({"ties": "maybe"}, "'pessimistic', 'optimistic' or 'drop'"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "first_touch", **wrong})


def test_missing_column_is_named() -> None:
    with pytest.raises(
        SettingsError, match="first_touch needs the column 'fair'; the candles have"
    ):
        compute(random_candles(5), Options(label="first_touch", reference="fair"))
