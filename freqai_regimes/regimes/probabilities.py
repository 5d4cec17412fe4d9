"""The four columns in which every rule answers: the regime and how probable each of them is."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.regimes import BEAR, BULL, SIDEWAYS

REGIME = "regime"
#: Column of the probability of each regime.
PROBABILITIES = {BULL: "regime_bull", SIDEWAYS: "regime_sideways", BEAR: "regime_bear"}
REGIME_COLUMNS = (REGIME, *PROBABILITIES.values())


def certain(regime: pd.Series) -> pd.DataFrame:
    """``REGIME_COLUMNS`` of a rule that does not doubt: 1 for the regime of a row, 0 for others.

    Returns
    -------
    Same index; NaN in all columns where the regime is unknown.

    >>> certain(pd.Series([1.0, 0.0, float("nan")]))
       regime  regime_bull  regime_sideways  regime_bear
    0     1.0          1.0              0.0          0.0
    1     0.0          0.0              1.0          0.0
    2     NaN          NaN              NaN          NaN
    """
    shares = {
        name: (regime == code).astype(float).where(regime.notna())
        for code, name in PROBABILITIES.items()
    }
    return pd.DataFrame({REGIME: regime, **shares})
