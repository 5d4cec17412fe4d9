"""Block lengths, against the package arch 8.0.0 (optimal_block_length, column stationary)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from freqai_regimes.evidence.block_length import mean_block_length
from tests.evidence.known_series import autoregression


@pytest.mark.parametrize(
    ("memory", "rows", "expected"),
    [
        (0.0, 730, 1.1795594062277186),
        (0.3, 500, 4.995594204363384),
        (0.7, 1000, 21.249095281256256),
        (-0.4, 400, 9.544722671212),
        (0.9, 300, 24.443675824630766),
        (0.5, 50, 3.1040946773041727),
    ],
)
def test_the_length_is_that_of_another_implementation(
    memory: float, rows: int, expected: float
) -> None:
    assert mean_block_length(autoregression(memory, rows)) == pytest.approx(expected, rel=1e-9)


def test_a_series_without_anything_to_measure_has_blocks_of_one() -> None:
    assert mean_block_length(np.zeros(100)) == 1.0
    assert mean_block_length([0.1, -0.2, 0.3]) == 1.0


def test_blocks_never_grow_beyond_what_the_series_allows() -> None:
    trend = np.arange(100.0)
    assert mean_block_length(trend) <= math.ceil(3 * math.sqrt(100))
