"""The columns in which rules answer: their names are what strategies and models look for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.regimes.probabilities import REGIME_COLUMNS, certain


def test_the_names_of_the_columns() -> None:
    assert REGIME_COLUMNS == ("regime", "regime_bull", "regime_sideways", "regime_bear")


def test_a_certain_rule_has_one_regime_a_row_and_none_where_it_is_unknown() -> None:
    regime = pd.Series([1.0, np.nan, 0.0, -1.0], index=[7, 5, 6, 9])
    got = certain(regime)
    assert tuple(got) == REGIME_COLUMNS and got.index.tolist() == [7, 5, 6, 9]
    nan = [np.nan] * 4
    rows = [[1.0, 1.0, 0.0, 0.0], nan, [0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 1.0]]
    assert np.array_equal(got.to_numpy(), np.array(rows), equal_nan=True)
