"""From prediction to score: its rank among what the same regime's models said before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.experts.window import Floats
from freqai_regimes.regimes import REGIME_NAMES

QUANTILES = np.linspace(0, 1, 101)
#: A regime with fewer predictions is ranked among those of all regimes.
FEWEST_ROWS = 50


@dataclass(frozen=True)
class ScoreScale:
    """Quantiles of out-of-fold predictions, of each regime and of all rows.

    Experts differ in how far their predictions spread, so one scale for all would make the score of
    a row a matter of its regime.
    """

    of_all: Floats
    of_regime: dict[int, Floats]

    def score(self, prediction: Floats, regime: Floats) -> Floats:
        """Rank of each prediction within its regime's scale, in [-1, 1], shape (rows,).

        It never falls as the prediction rises within a regime. Ties have their mean rank, so a
        model that says one thing only scores 0. An unknown regime is ranked among all rows.
        """
        score = _rank(prediction, self.of_all)
        for code, edges in self.of_regime.items():
            mine = regime == code
            score[mine] = _rank(prediction[mine], edges)
        return score


def fit_score_scale(predicted: Floats, regime: Floats) -> ScoreScale:
    """Take the quantiles; rows whose prediction is NaN are left out."""
    known = np.isfinite(predicted)
    own = {code: predicted[known & (regime == code)] for code in REGIME_NAMES}
    return ScoreScale(
        _edges(predicted[known]),
        {code: _edges(rows) for code, rows in own.items() if len(rows) >= FEWEST_ROWS},
    )


def _edges(predicted: Floats) -> Floats:
    return np.maximum.accumulate(np.quantile(predicted, QUANTILES))


def _rank(prediction: Floats, edges: Floats) -> Floats:
    values, place = np.unique(edges, return_inverse=True)
    rank = np.bincount(place, weights=QUANTILES) / np.bincount(place)
    return np.asarray(np.interp(prediction, values, 2 * rank - 1))
