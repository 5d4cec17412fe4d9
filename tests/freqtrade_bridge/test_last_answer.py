"""An answer is given again for equal frames alone, and nobody can spoil it for the next."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.last_answer import LastAnswer
from tests.random_candles import random_candles

CANDLES = random_candles(50, seed=3)


class Counted:
    """Counts how often it was asked to compute."""

    def __init__(self) -> None:
        self.times = 0

    def of(self, kept: LastAnswer, name: str, candles: pd.DataFrame) -> pd.DataFrame:
        """Twice the close, by way of the kept answers."""

        def doubled() -> pd.DataFrame:
            self.times += 1
            return candles[["close"]] * 2

        return kept.of(name, (candles,), doubled)


def test_the_same_candles_are_computed_once() -> None:
    kept, counted = LastAnswer(), Counted()
    first, second = (counted.of(kept, "BTC", CANDLES.copy()) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert counted.times == 1


@pytest.mark.parametrize("change", ["value", "candle later", "shorter", "nan", "date"])
def test_any_other_candles_are_computed_again(change: str) -> None:
    kept, counted, other = LastAnswer(), Counted(), CANDLES.copy()
    counted.of(kept, "BTC", CANDLES)
    if change == "candle later":
        other = other.iloc[1:].reset_index(drop=True)
    elif change == "shorter":
        other = other.iloc[:-1]
    elif change == "date":
        other.loc[20, "date"] += pd.Timedelta(seconds=1)
    else:
        other.loc[20, "close"] = float("nan") if change == "nan" else 1.0
    got = counted.of(kept, "BTC", other)
    pd.testing.assert_frame_equal(got, other[["close"]] * 2, check_exact=True)
    assert counted.times == 2


def test_names_do_not_mix() -> None:
    kept, counted = LastAnswer(), Counted()
    counted.of(kept, "BTC", CANDLES)
    counted.of(kept, "ETH", CANDLES)
    assert counted.times == 2


def test_changes_by_a_caller_reach_nobody_else() -> None:
    kept, counted, given = LastAnswer(), Counted(), CANDLES.copy()
    answer = counted.of(kept, "BTC", given)
    answer.loc[:, "close"] = 0.0
    pd.testing.assert_frame_equal(counted.of(kept, "BTC", CANDLES), CANDLES[["close"]] * 2)
    given.loc[5, "close"] = 1.0
    assert counted.of(kept, "BTC", given).loc[5, "close"] == 2.0
    assert counted.times == 2
