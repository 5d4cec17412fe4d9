"""The four columns in which every rule answers: the regime and how probable each of them is."""

from __future__ import annotations

import numpy as np
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


def doubtful(regime: pd.Series, *, bull: pd.Series, bear: pd.Series) -> pd.DataFrame:
    """``REGIME_COLUMNS`` of a rule that gives probabilities; what is neither is sideways.

    NaN in all columns where the regime is unknown.
    """
    shares = {BULL: bull, SIDEWAYS: (1.0 - bull - bear).clip(lower=0.0), BEAR: bear}
    known = regime.notna()
    named = {name: shares[code].where(known) for code, name in PROBABILITIES.items()}
    return pd.DataFrame({REGIME: regime, **named})


def most_probable(answer: pd.DataFrame) -> pd.Series:
    """Bull or bear where its probability is the greatest of the three, sideways where two tie."""
    bull, sideways, bear = (answer[name] for name in PROBABILITIES.values())
    state = (bull > np.maximum(sideways, bear)) * 1.0 - (bear > np.maximum(sideways, bull)) * 1.0
    return state.where(bull.notna())
