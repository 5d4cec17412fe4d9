"""Triple barrier by hand and against a loop that walks each row's path candle by candle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.labels.labelled import Labelled
from freqai_regimes.labels.triple_barrier import Options, compute
from tests.labels.expected import rows_known
from tests.random_candles import random_candles

WARM_UP = 4  # of a half-life of one candle


def labelled(frame: pd.DataFrame, **options: Any) -> Labelled:
    chosen = {"label": "triple_barrier", "volatility_half_life_candles": 1, "name": "x"}
    return compute(frame, Options.model_validate(chosen | options))


def after_a_calm(*candles: tuple[float, float, float, float]) -> pd.DataFrame:
    """Five candles at 100 and then open, high, low, close; barriers by ``least_deviation``."""
    prices = [(100.0, 100.0, 100.0, 100.0)] * (WARM_UP + 1) + list(candles)
    frame = pd.DataFrame(prices, columns=["open", "high", "low", "close"])
    frame.insert(0, "date", pd.date_range("2024-01-01", periods=len(frame), freq="h", tz="UTC"))
    return frame


def fate(frame: pd.DataFrame, **options: Any) -> tuple[float, float]:
    """Label of the last calm row and how many candles later it is known."""
    got = labelled(frame, **({"least_deviation": 0.1, "horizon_candles": 3} | options))
    wait = rows_known(frame, got.known_at["x"])[WARM_UP] - WARM_UP
    return got.values["x"].iloc[WARM_UP], wait if wait > 0 else math.nan


UP, DOWN, BOTH = (100.0, 111.0, 95.0, 100.0), (100.0, 105.0, 89.0, 100.0), (100.0, 111, 89.0, 100.0)
STILL = (100.0, 110.0, 90.0, 104.0)  # touches both barriers and crosses none


def test_which_comes_first_by_hand() -> None:
    assert fate(after_a_calm(STILL, UP, DOWN)) == (1, 2)
    assert fate(after_a_calm(DOWN, UP, UP)) == (-1, 1)
    assert fate(after_a_calm(STILL, STILL, STILL)) == (0, 3)
    assert fate(after_a_calm(STILL, STILL, STILL), at_time_barrier="sign") == (1, 3)
    assert fate(after_a_calm(STILL, STILL, STILL, UP)) == (0, 3)
    np.testing.assert_equal(fate(after_a_calm(STILL, STILL)), (math.nan, math.nan))


def test_a_tie_by_its_rule() -> None:
    assert fate(after_a_calm(BOTH, UP, UP)) == (-1, 1)
    assert fate(after_a_calm(BOTH, UP, UP), ties="optimistic") == (1, 1)
    np.testing.assert_equal(fate(after_a_calm(BOTH, UP, UP), ties="drop"), (math.nan, math.nan))


def test_barriers_of_other_widths_or_none() -> None:
    assert fate(after_a_calm(UP, DOWN, UP), profit=1.2) == (-1, 2)
    assert fate(after_a_calm(DOWN, DOWN, UP), stop=None) == (1, 3)
    assert fate(after_a_calm(UP, STILL, STILL), profit=None) == (0, 3)
    assert fate(after_a_calm(UP, DOWN, STILL), path="close") == (0, 3)


def test_entry_moves_the_barriers() -> None:
    gap = (120.0, 125.0, 115.0, 120.0)
    assert fate(after_a_calm(gap, gap, gap)) == (0, 3)
    assert fate(after_a_calm(gap, gap, gap), entry="close") == (1, 1)


def test_no_volatility_no_barriers() -> None:
    frame = after_a_calm(STILL, STILL, STILL, STILL)
    assert labelled(frame, horizon_candles=2).values["x"].isna()[: WARM_UP + 1].all()
    wide = labelled(frame, horizon_candles=2, least_deviation=0.1).values["x"]
    assert wide.isna().tolist() == [True] * WARM_UP + [False] * 3 + [True] * 2


@pytest.mark.parametrize("path", ["high_low", "close"])
@pytest.mark.parametrize("entry", ["next_open", "close"])
@pytest.mark.parametrize("at_end", ["zero", "sign"])
def test_labels_are_those_of_a_walk(path: str, entry: str, at_end: str) -> None:
    frame, horizon, profit, stop = random_candles(160, seed=7), 6, 0.9, 0.6
    got = labelled(
        frame,
        **{"horizon_candles": horizon, "profit": profit, "stop": stop, "path": path},
        **{"entry": entry, "at_time_barrier": at_end, "ties": "drop"},
    )
    volatility = ewma_volatility(frame["close"], 1)
    known = rows_known(frame, got.known_at["x"])
    high, low = (frame["high"], frame["low"]) if path == "high_low" else (frame["close"],) * 2
    seen: dict[float, int] = {}
    for row in range(WARM_UP, 160 - horizon):
        start = frame["open"][row + 1] if entry == "next_open" else frame["close"][row]
        width = volatility[row] * math.sqrt(horizon)
        for k in range(row + 1, row + horizon + 1):
            above, below = (
                high[k] > start * (1 + profit * width),
                low[k] < start * (1 - stop * width),
            )
            if above or below:
                value, wait = (math.nan, -1) if above and below else (above - 1.0 * below, k)
                break
        else:
            move = frame["close"][row + horizon] - start
            value, wait = (0.0 if at_end == "zero" else np.sign(move)), row + horizon
        np.testing.assert_equal((got.values["x"][row], known[row]), (value, wait))
        seen[value] = seen.get(value, 0) + 1
    assert seen[1.0] > 10 and seen[-1.0] > 10 and (at_end == "sign" or seen[0.0] > 10)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_candles": 0}, "greater than or equal to 1"),
        ({"profit": 0}, "greater than 0"),
        ({"stop": -1}, "greater than 0"),
        ({"profit": None, "stop": None}, "every label would be 0: give a barrier"),
        ({"path": "open"}, "'high_low' or 'close'"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "triple_barrier", **wrong})
