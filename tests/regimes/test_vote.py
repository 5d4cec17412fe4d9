"""Shares of a vote, who wins it, and what a rule that does not know does to it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.regimes.probabilities import REGIME_COLUMNS, certain, doubtful
from freqai_regimes.regimes.vote import vote

NAN = np.nan


def test_hard_rules_have_one_vote_each() -> None:
    first = certain(pd.Series([1.0, 1.0, 1.0, 0.0, NAN]))
    second = certain(pd.Series([1.0, 1.0, 0.0, -1.0, 1.0]))
    third = certain(pd.Series([-1.0, 0.0, -1.0, -1.0, 1.0]))
    got = vote([first, second, third])
    assert tuple(got) == REGIME_COLUMNS
    third_part = 1 / 3
    expected = [
        [1, 2 / 3, 0, third_part],
        [1, 2 / 3, third_part, 0],
        [0, third_part, third_part, third_part],  # a tie is sideways
        [-1, 0, third_part, 2 / 3],
        [NAN] * 4,
    ]
    assert np.allclose(got.to_numpy(), expected, equal_nan=True)


def test_bull_against_bear_is_sideways_and_doubts_count_as_they_are() -> None:
    even = vote([certain(pd.Series([1.0])), certain(pd.Series([-1.0]))])
    assert even["regime"][0] == 0 and even["regime_bull"][0] == 0.5
    sure = certain(pd.Series([-1.0]))
    doubting = doubtful(pd.Series([1.0]), bull=pd.Series([0.75]), bear=pd.Series([0.25]))
    assert np.allclose(vote([sure, doubting]).to_numpy(), [[-1, 0.375, 0, 0.625]])
    assert np.allclose(vote([doubting, doubting]).to_numpy(), [[1, 0.75, 0, 0.25]])
