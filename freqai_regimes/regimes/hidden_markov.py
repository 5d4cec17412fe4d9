"""Regime from a hidden Markov model, fitted on the past, with filtered probabilities.

The model (Hamilton, 1989) has three states: the log return over ``return_candles``, in units of its
own spread, is Gaussian with a mean and a variance of each hidden state, and the state is a Markov
chain. The state of the lowest mean is called bear, that of the highest bull, so that no fit can
swap their names. In the filter the likelihood of a return counts to the power 1 / return_candles:
each candle's move is in that many returns, and counted in full every time it would make the model
far too sure (a composite likelihood; Varin, Reid and Firth, 2011).

What keeps it causal, and the same after a restart:

- The filtered probability of row t is P(state at t | returns up to t), never the smoothed one, nor
  the Viterbi path, which both look at the rows behind t.
- It is fitted anew every ``refit_candles`` candles, counted from 1970 and not from the first row,
  on the ``train_candles`` returns before. The filter begins with them too. So each row depends on
  at most ``train_candles + refit_candles`` returns, and rows whose window is not whole are unknown.
- The fit begins at the thirds of the returns instead of a random point: nothing is drawn.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from hmmlearn.hmm import GaussianHMM
from pydantic import Field
from scipy.stats import norm

from freqai_regimes.regimes.probabilities import doubtful, most_probable
from freqai_regimes.regimes.rule_options import RuleOptions

# It writes a line where the last step of a fit gained nothing, which is how most fits end.
logging.getLogger("hmmlearn.base").setLevel(logging.ERROR)

Values = npt.NDArray[np.float64]
STATES = 3
#: A state lasts 50 candles before anything is learnt.
_PERSISTENCE = 0.98
#: Blocks of the past that are kept; a bot asks for all of them again at each candle.
_KEPT_BLOCKS = 4096


class Options(RuleOptions):
    """Bull, sideways or bear, whichever hidden state is the most probable one now."""

    rule: Literal["hidden_markov"]
    return_candles: int = Field(90, ge=1, description="span of the returns; 90 of 4h are 15 days")
    train_candles: int = Field(1500, ge=100, description="returns that each fit learns from")
    refit_candles: int = Field(
        180, ge=1, description="candles from one fit to the next, counted from 1970"
    )


def judge(candles: pd.DataFrame, options: Options, *, soft: bool = True) -> pd.DataFrame:
    """``REGIME_COLUMNS`` by the filtered probabilities, which are always those of the model.

    Parameters
    ----------
    candles : with ``date`` and ``close``, without holes.

    Returns
    -------
    Same index; row t uses closes <= t. NaN until a whole window lies before a fit, and where the
    prices of a window never moved.
    """
    logs = np.log(candles["close"].to_numpy(dtype=float))
    returns = np.full(len(logs), np.nan)
    span = options.return_candles
    returns[span:] = logs[span:] - logs[:-span]
    shares = np.full((len(logs), STATES), np.nan)
    fits = _first_rows(candles["date"], options.refit_candles)
    for first, end in pairwise([*fits, len(logs)]):
        window = returns[max(0, first - options.train_candles) : first]
        block = returns[first:end]
        if len(window) == options.train_candles and np.isfinite(window).all():
            unknown = np.flatnonzero(~np.isfinite(block))
            block = block[: unknown[0]] if len(unknown) else block
            shares[first : first + len(block)] = _filtered(window.tobytes(), block.tobytes(), span)
    named = pd.DataFrame(shares, columns=["bear", "sideways", "bull"], index=candles.index)
    answer = doubtful(named["bull"], bull=named["bull"], bear=named["bear"])
    return answer.assign(regime=most_probable(answer))


def warm_up_candles(options: Options) -> int:
    """Closed candles of which the last one knows its regime, however the fits fall."""
    return options.return_candles + options.train_candles + options.refit_candles


def forget_fits() -> None:
    """Drop the kept models, as a new process begins without them."""
    _fitted.cache_clear()
    _filtered.cache_clear()


def _first_rows(date: pd.Series, refit_candles: int) -> list[int]:
    """Rows with which a new model begins: every ``refit_candles`` candles since 1970."""
    if len(date) < 2:
        return []
    since = date - pd.Timestamp(0, tz="UTC")
    seconds = (since // pd.Timedelta(seconds=1)).to_numpy()
    block = seconds // (refit_candles * int(np.diff(seconds).min()))
    return [int(row) for row in np.flatnonzero(np.diff(block)) + 1]


@lru_cache(maxsize=_KEPT_BLOCKS)
def _filtered(window: bytes, block: bytes, return_candles: int) -> Values:
    """Filtered probabilities (bear, sideways, bull) of the returns that follow a window."""
    past = np.frombuffer(window)
    returns = np.concatenate([past, np.frombuffer(block)])
    model = _fitted(window)
    if model is None:
        return np.full((len(returns) - len(past), STATES), np.nan)
    spread = np.sqrt(model.covars_[:, 0, 0])
    likelihood = norm.logpdf(returns[:, None] / past.std(), model.means_[:, 0], spread)
    likelihood -= likelihood.max(axis=1, keepdims=True)
    likelihood = np.exp(likelihood / return_candles)
    shares = np.empty_like(likelihood)
    shares[0] = model.startprob_ * likelihood[0]
    shares[0] /= shares[0].sum()
    for row in range(1, len(shares)):
        shares[row] = (shares[row - 1] @ model.transmat_) * likelihood[row]
        shares[row] /= shares[row].sum()
    return np.asarray(shares[len(past) :, np.argsort(model.means_[:, 0])], dtype=float)


@lru_cache(maxsize=_KEPT_BLOCKS)
def _fitted(window: bytes) -> GaussianHMM | None:
    """The model of one window of returns, in units of their spread; None if they never moved."""
    past = np.frombuffer(window)
    if past.std() == 0:
        return None
    values = past / past.std()
    thirds = np.array_split(np.sort(values), STATES)
    model = GaussianHMM(STATES, transmat_prior=1.1, n_iter=50, init_params="", random_state=0)
    model.startprob_ = np.full(STATES, 1 / STATES)
    model.transmat_ = np.full((STATES, STATES), (1 - _PERSISTENCE) / (STATES - 1))
    np.fill_diagonal(model.transmat_, _PERSISTENCE)
    model.means_ = np.array([[third.mean()] for third in thirds])
    model.covars_ = np.array([[max(third.var(), model.min_covar)] for third in thirds])
    return model.fit(values[:, None])
