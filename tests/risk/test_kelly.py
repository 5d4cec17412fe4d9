"""Kelly's share: what maximises growth, by search; capped and taken in part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.risk.kelly import kelly_share
from freqai_regimes.risk.sizing import SizeSettings, size_factor

NAN = float("nan")


@pytest.mark.parametrize("payoff", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("probability", [0.3, 0.55, 0.7, 0.9])
def test_the_full_share_maximises_the_expected_logarithm(probability: float, payoff: float) -> None:
    shares = np.linspace(0, 0.999, 100_000)
    growth = probability * np.log1p(payoff * shares) + (1 - probability) * np.log1p(-shares)
    got = kelly_share(pd.Series([probability]), payoff, 1.0)[0]
    assert got == pytest.approx(shares[growth.argmax()], abs=1e-4)


def test_a_part_of_it_capped_and_nothing_without_a_probability() -> None:
    given = pd.Series([0.9, 0.6, 0.2, NAN])
    assert kelly_share(given, 1.0, 0.5, 0.3).tolist() == pytest.approx([0.3, 0.1, 0.0, 0.0])


def test_the_factor_is_one_by_default_and_knows_sides_and_regimes() -> None:
    weight = pd.Series([1.0, -1.0, 0.5, 1.0])
    regime = pd.Series([1.0, -1.0, 0.0, NAN])
    probability = pd.Series([0.7, 0.3, NAN, 0.7])

    def factor(**settings: float) -> list[float]:
        rule = SizeSettings.model_validate(settings)
        return size_factor(weight, regime, probability, REGIME_NAMES, rule).tolist()

    assert factor() == [1.0] * 4
    assert factor(fraction=0.5, bear=0.2, sideways=0.0) == [0.5, 0.1, 0.0, 0.5]
    # Shorts gain with the rest of the probability.
    assert factor(kelly=1.0) == pytest.approx([0.4, 0.4, 0.0, 0.4])
