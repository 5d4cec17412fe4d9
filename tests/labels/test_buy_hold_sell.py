"""Buy, hold and sell by hand: thresholds on each side, units, entries."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.features.volatility import ewma_volatility
from freqai_regimes.labels.buy_hold_sell import Options, compute
from freqai_regimes.labels.labelled import Labelled
from tests.random_candles import random_candles


def labelled(frame: pd.DataFrame, **options: object) -> Labelled:
    chosen = {"label": "buy_hold_sell", "horizon_candles": 1, "name": "x"} | options
    return compute(frame, Options.model_validate(chosen))


def test_thresholds_by_hand() -> None:
    dates = pd.date_range("2024-01-01", periods=6, freq="h", tz="UTC")
    close = [100.0, 125.0, 100.0, 75.0, 75.0, 140.0]
    frame = pd.DataFrame({"date": dates, "open": [1.0, *close[:5]], "close": close})
    at_close = labelled(frame, entry="close", buy_above=0.25, sell_below=0.2)
    assert at_close.values["x"].tolist()[:5] == [0, 0, -1, 0, 1]  # 0.25 and -0.2 are exactly there
    nearer = labelled(frame, entry="close", buy_above=0.249, sell_below=0.199)
    assert nearer.values["x"].tolist()[:5] == [1, -1, -1, 0, 1]
    assert at_close.known_at["x"].dt.hour.tolist()[:5] == [1, 2, 3, 4, 5]
    honest = labelled(frame, buy_above=0.249, sell_below=0.199)  # open of t+1 is close of t here
    assert honest.values["x"].tolist()[:4] == [1, -1, -1, 0]
    assert honest.values["x"].isna().tolist() == [False] * 4 + [True] * 2
    assert honest.known_at["x"].dt.hour.tolist()[:4] == [2, 3, 4, 5]
    assert honest.kind == {"x": "three_class"}


def test_thresholds_in_standard_deviations() -> None:
    frame = random_candles(60, seed=9)
    options = {"horizon_candles": 4, "unit": "volatility", "buy_above": 0.5, "sell_below": 1.0}
    got = labelled(frame, volatility_half_life_candles=2, **options).values["x"]
    volatility, seen = ewma_volatility(frame["close"], 2), set()
    for row in range(8, 55):
        move = frame["open"][row + 5] / frame["open"][row + 1] - 1
        size = move / (volatility[row] * 2.0)
        expected = 1 if size > 0.5 else -1 if size < -1.0 else 0
        assert got[row] == expected
        seen.add(expected)
    assert seen == {1, 0, -1} and got[:8].isna().all() and got[55:].isna().all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_candles": 0}, "greater than or equal to 1"),
        ({"sell_below": -0.01}, "greater than or equal to 0"),
        ({"buy_above": float("nan")}, "finite number"),
        ({"unit": "percent"}, "'fraction' or 'volatility'"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Options.model_validate({"label": "buy_hold_sell", **wrong})
