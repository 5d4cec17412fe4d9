"""Leaks of regime rules: models and thresholds that saw the sample, posteriors that look back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hmmlearn.hmm import GaussianHMM

from freqai_regimes.causality.finding import HISTORY, STEPS
from freqai_regimes.causality.leaks.mutant import Mutant, feature
from freqai_regimes.causality.leaks.neighbouring_rows import SEEN
from freqai_regimes.regimes import chop, hidden_markov

MARKOV = hidden_markov.Options(
    rule="hidden_markov", return_candles=12, train_candles=100, refit_candles=37
)
MARKOV_WARM_UP = hidden_markov.warm_up_candles(MARKOV)
CHOP = chop.Options(rule="chop", window_candles=20, quantile_candles=60)
SPREAD = 0.03  # of a return over 12 hours, about


def _filtered(candles: pd.DataFrame) -> pd.Series:
    """Honest: probability of bull by the shipped rule."""
    return hidden_markov.judge(candles, MARKOV)["regime_bull"]


def _scaled_returns(candles: pd.DataFrame) -> pd.Series:
    change = np.log(candles["close"]).diff(MARKOV.return_candles) / SPREAD
    return pd.Series(change).dropna()


def _model() -> GaussianHMM:
    """A model with numbers by hand: nothing is fitted."""
    model = GaussianHMM(3, init_params="")
    model.startprob_ = np.full(3, 1 / 3)
    model.transmat_ = np.full((3, 3), 0.02) + np.eye(3) * 0.94
    model.means_ = np.array([[-1.0], [0.0], [1.0]])
    model.covars_ = np.ones((3, 1))
    return model


def _smoothed(candles: pd.DataFrame) -> pd.Series:
    known = _scaled_returns(candles)
    if known.empty:
        return pd.Series(np.nan, candles.index)
    shares = _model().predict_proba(known.to_numpy()[:, None])
    return pd.Series(shares[:, 2], known.index).reindex(candles.index)


def _viterbi(candles: pd.DataFrame) -> pd.Series:
    known = _scaled_returns(candles)
    if known.empty:
        return pd.Series(np.nan, candles.index)
    path = _model().predict(known.to_numpy()[:, None])
    return pd.Series(path - 1.0, known.index).reindex(candles.index)


def _fitted_on_all(candles: pd.DataFrame) -> pd.Series:
    """Each row by itself, with means and variances of the whole sample."""
    known = _scaled_returns(candles)
    if len(known) < MARKOV.train_candles:
        return pd.Series(np.nan, candles.index)
    model = _model()
    model.set_params(params="mc", n_iter=5, tol=0.0)
    model.fit(known.to_numpy()[:, None])
    shares = model.predict_proba(known.to_numpy()[:, None], lengths=[1] * len(known))
    return pd.Series(shares[:, 2], known.index).reindex(candles.index)


def _counted_from_the_first_row(candles: pd.DataFrame) -> pd.Series:
    began = candles["date"] - candles["date"].iloc[0] + pd.Timestamp(0, tz="UTC")
    return _filtered(candles.assign(date=began))


def _efficient(candles: pd.DataFrame) -> pd.Series:
    ratio = chop.efficiency_ratio(candles, CHOP.window_candles)
    return (ratio > ratio.quantile(0.5)).astype(float).where(ratio.notna())


MUTANTS: tuple[Mutant, ...] = (
    feature(
        "smoothed posterior",
        "predict_proba() of a hidden Markov model conditions every row on the last one",
        SEEN,
        _smoothed,
        _filtered,
        warm_up_candles=MARKOV_WARM_UP,
    ),
    feature(
        "Viterbi path",
        "the most probable path of hidden states is found from its end",
        SEEN,
        _viterbi,
        _filtered,
        warm_up_candles=MARKOV_WARM_UP,
    ),
    feature(
        "hidden states fitted on all rows",
        "fit() before the split: means and variances of the states know the future",
        SEEN,
        _fitted_on_all,
        _filtered,
        warm_up_candles=MARKOV_WARM_UP,
    ),
    feature(
        "fits counted from the first row",
        "the model is renewed every so many rows of the frame: a restart renews it elsewhere",
        (HISTORY, STEPS),
        _counted_from_the_first_row,
        _filtered,
        warm_up_candles=MARKOV_WARM_UP,
    ),
    feature(
        "chop beside the whole sample",
        "the threshold between trend and chop is the median of all rows",
        SEEN,
        _efficient,
        lambda c: chop.judge(c, CHOP)["regime"] ** 2,
        warm_up_candles=chop.warm_up_candles(CHOP),
    ),
)
