"""The score of a prediction among those of its regime."""

from __future__ import annotations

import numpy as np
from scipy import stats

from freqai_regimes.experts.score import FEWEST_ROWS, fit_score_scale

RNG = np.random.default_rng(0)
REGIME = np.repeat([1.0, -1.0, 0.0], [400, 400, FEWEST_ROWS - 1])
SAID = np.where(REGIME == 1, 10.0, 0.1) * RNG.normal(size=len(REGIME))


def test_each_regime_has_its_own_scale() -> None:
    """One scale for all would give every bear prediction a score near 0."""
    score = fit_score_scale(SAID, REGIME).score(SAID, REGIME)
    for code in (1.0, -1.0):
        mine = code == REGIME
        ranks = (stats.rankdata(SAID[mine]) - 1) / (mine.sum() - 1)
        assert np.abs(score[mine] - (2 * ranks - 1)).max() < 0.02
    assert fit_score_scale(SAID, np.full(len(SAID), 7.0)).score(SAID, REGIME)[400:800].std() < 0.4


def test_it_never_falls_within_a_regime_and_stays_in_its_range() -> None:
    scale = fit_score_scale(SAID, REGIME)
    values = np.linspace(-60, 60, 2001)
    for code in (1.0, 0.0, -1.0, float("nan")):
        score = scale.score(values, np.full(len(values), code))
        assert (np.diff(score) >= 0).all() and (score[0], score[-1]) == (-1.0, 1.0)


def test_a_regime_with_few_predictions_and_an_unknown_one_are_ranked_among_all() -> None:
    scale = fit_score_scale(SAID, REGIME)
    assert set(scale.of_regime) == {1, -1}
    unknown = scale.score(SAID, np.full(len(SAID), np.nan))
    assert (scale.score(SAID, np.zeros(len(SAID))) == unknown).all()


def test_ties_score_their_mean_rank_and_a_constant_nothing() -> None:
    assert set(fit_score_scale(np.ones(60), np.ones(60)).score(np.ones(3), np.ones(3))) == {0.0}
    said = np.repeat([1.0, 2.0], [25, 75])
    low, high = fit_score_scale(said, np.ones(100)).score(np.array([1.0, 2.0]), np.ones(2))
    assert abs(low + 0.75) < 0.02 and abs(high - 0.25) < 0.02


def test_rows_without_a_prediction_count_for_nothing() -> None:
    gaps = np.concatenate([SAID, np.full(100, np.nan)])
    regime = np.concatenate([REGIME, np.ones(100)])
    same = fit_score_scale(gaps, regime).score(SAID, REGIME)
    assert (same == fit_score_scale(SAID, REGIME).score(SAID, REGIME)).all()
