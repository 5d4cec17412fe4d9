"""Filtered probabilities beside hmmlearn's own, on every prefix; fits that a restart repeats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hmmlearn.hmm import GaussianHMM
from scipy.special import logsumexp
from scipy.stats import norm

from freqai_regimes.regimes import hidden_markov
from freqai_regimes.regimes.hidden_markov import Options, judge, warm_up_candles
from tests.random_candles import random_candles

SPAN, TRAIN, REFIT = 10, 120, 50
OPTIONS = Options(
    rule="hidden_markov", return_candles=SPAN, train_candles=TRAIN, refit_candles=REFIT
)
NAMES = ["regime_bear", "regime_sideways", "regime_bull"]
CANDLES = random_candles(420, 8)
ANSWER = judge(CANDLES, OPTIONS)
RETURNS = np.log(CANDLES["close"]).diff(SPAN).to_numpy()


def fitted(window: npt.NDArray[np.float64]) -> tuple[GaussianHMM, float]:
    model = hidden_markov._fitted(window.tobytes())
    assert model is not None
    return model, float(window.std())


def first_rows() -> list[int]:
    hour = (CANDLES["date"] - pd.Timestamp(0, tz="UTC")) // (
        CANDLES["date"][1] - CANDLES["date"][0]
    )
    return [row for row in range(1, 420) if hour[row] % REFIT == 0]


def test_probabilities_are_the_last_posterior_of_each_prefix() -> None:
    """The smoothed posterior of the last row of a prefix has no future: it is the filtered one."""
    single = OPTIONS.model_copy(update={"return_candles": 1})
    answer, returns = judge(CANDLES, single), np.log(CANDLES["close"]).diff().to_numpy()
    for first in [row for row in first_rows() if row > TRAIN][:3]:
        model, spread = fitted(returns[first - TRAIN : first])
        order = np.argsort(model.means_[:, 0])
        for row in range(first, first + REFIT, 7):
            prefix = returns[first - TRAIN : row + 1, None] / spread
            expected = model.predict_proba(prefix)[-1][order]
            assert np.allclose(answer.loc[row, NAMES].astype(float), expected, atol=1e-9)
        block = returns[first - TRAIN : first + REFIT, None] / spread
        smoothed = model.predict_proba(block)[TRAIN:, order]
        filtered = answer.loc[first : first + REFIT - 1, NAMES]
        assert not np.allclose(filtered, smoothed, atol=0.05)


def test_longer_returns_count_by_their_own_share() -> None:
    """The forward recursion in logarithms, each likelihood to the power 1 / return_candles."""
    first = next(row for row in first_rows() if row >= SPAN + TRAIN)
    model, spread = fitted(RETURNS[first - TRAIN : first])
    means, deviations = model.means_[:, 0], np.sqrt(model.covars_[:, 0, 0])
    logs = np.log(model.startprob_)
    for row in range(first - TRAIN, first + REFIT):
        if row > first - TRAIN:
            logs = logsumexp(logs[:, None] + np.log(model.transmat_), axis=0)
        logs = logs + norm.logpdf(RETURNS[row] / spread, means, deviations) / SPAN
        if row >= first:
            expected = np.exp(logs - logsumexp(logs))[np.argsort(means)]
            assert np.allclose(ANSWER.loc[row, NAMES].astype(float), expected, atol=1e-9)


def test_it_is_known_from_the_first_fit_with_a_whole_window_on() -> None:
    first = next(row for row in first_rows() if row >= SPAN + TRAIN)
    assert ANSWER[:first].isna().all(axis=None) and ANSWER[first:].notna().all(axis=None)
    assert np.allclose(ANSWER[NAMES][first:].sum(axis=1), 1)
    assert set(ANSWER["regime"].dropna()) == {1.0, 0.0, -1.0}


@pytest.mark.parametrize("begin", [1, 17, 49, 50, 51, 133, 200])
def test_any_later_beginning_gives_the_same_to_the_bit_after_the_warm_up(begin: int) -> None:
    hidden_markov.forget_fits()
    later = judge(CANDLES[begin:], OPTIONS)
    after = begin + warm_up_candles(OPTIONS) - 1
    pd.testing.assert_frame_equal(later.loc[after:], ANSWER.loc[after:], check_exact=True)
    known = later["regime"].notna()
    pd.testing.assert_frame_equal(later[known], ANSWER.loc[later.index][known], check_exact=True)


def test_the_highest_mean_is_bull_and_the_lowest_bear() -> None:
    rng = np.random.default_rng(3)
    drift = np.repeat([0.01, 0.0, -0.01, 0.01, -0.01, 0.0], 60)
    close = pd.Series(np.exp(np.cumsum(drift + rng.normal(0, 0.002, 360))))
    candles = CANDLES[["date"]][:360].assign(close=close)
    got = judge(candles, OPTIONS.model_copy(update={"return_candles": 3, "train_candles": 180}))
    for first, state in ((240, -1.0), (300, 0.0)):
        part = got["regime"][first + 5 : first + 55].dropna()
        assert len(part) > 30 and (part == state).mean() > 0.9


def test_a_price_that_never_moves_is_unknown() -> None:
    still = CANDLES.assign(close=3.0)
    assert judge(still, OPTIONS).isna().all(axis=None)


def test_a_missing_price_takes_nothing_from_the_rows_before_it() -> None:
    broken = CANDLES.copy()
    broken.loc[300, "close"] = np.nan
    got = judge(broken, OPTIONS)
    pd.testing.assert_frame_equal(got[:300], ANSWER[:300], check_exact=True)
    assert got.loc[300].isna().all()


@pytest.mark.parametrize("rows", [0, 1, 2, SPAN + TRAIN])
def test_too_short_a_history_knows_nothing(rows: int) -> None:
    assert judge(CANDLES[:rows], OPTIONS).isna().all(axis=None)
