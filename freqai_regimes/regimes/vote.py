"""The vote of several rules: the shares of their votes, and the regime that has the most."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from freqai_regimes.regimes.probabilities import PROBABILITIES, REGIME, most_probable


def vote(answers: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean of the probabilities of several rules, all of equal weight.

    Parameters
    ----------
    answers : ``REGIME_COLUMNS`` of each rule, one index.

    Returns
    -------
    ``REGIME_COLUMNS``: a rule that does not doubt gives its whole vote to its state. The regime is
    the most probable one, sideways where two tie for the first place. NaN where one of the rules
    does not know.
    """
    names = list(PROBABILITIES.values())
    total = answers[0][names]
    for answer in answers[1:]:
        total = total + answer[names]
    shares = total / len(answers)
    return pd.concat([most_probable(shares).rename(REGIME), shares], axis=1)
