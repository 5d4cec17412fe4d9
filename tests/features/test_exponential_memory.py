"""How long an exponential average remembers: held against the averages of pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.features.exponential_memory import exponential_memory_candles


@pytest.mark.parametrize("adjust", [True, False])
@pytest.mark.parametrize("span", [1, 2, 5, 12, 26, 200])
def test_a_trillionth_of_the_past_is_left_and_no_candle_less_would_do(
    span: int, adjust: bool
) -> None:
    """History 1, then zeros: the average itself is the weight of what came before."""
    memory = exponential_memory_candles(span)
    values = pd.Series(np.r_[np.ones(5000), np.zeros(memory + 2)])
    left = values.ewm(span=span, adjust=adjust).mean().to_numpy()[5000:]
    assert left[memory] <= 1e-12
    if memory > 1:
        assert left[memory - 2] > 1e-12
