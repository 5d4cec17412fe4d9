"""All models of one training window, kept and asked as a single object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from freqai_regimes.experts.regime_models import REGIMES, RegimeModels
from freqai_regimes.experts.report import FitReport
from freqai_regimes.experts.score import ScoreScale
from freqai_regimes.experts.uncertainty import Uncertainty
from freqai_regimes.experts.window import Floats, row_order
from freqai_regimes.intervals.residual_scale import ResidualScale
from freqai_regimes.learners.sample import RowOrder
from freqai_regimes.learners.stacking import Stacker
from freqai_regimes.regimes import BEAR, BULL, SIDEWAYS

#: Who spoke, as a number (strings do not survive FreqAI's history well).
EXPERT_CODES = {None: 0, BULL: 1, SIDEWAYS: 2, BEAR: 3}
Routing = Literal["blend", "hard"]


@dataclass(frozen=True)
class Asked:
    """Rows to be predicted; index 0..n-1 or any other, the same for all parts.

    Attributes
    ----------
    features : the columns of the fit, by name; no NaN.
    regime : 1, 0, -1 or NaN for each row, as it was known at that row.
    shares : probability of each of ``REGIMES``, shape (rows, 3); None: the regime alone is known.
    date, pair : of each row; needed by learners of windows of candles alone.
    volatility : of each row, where it widens the interval.
    """

    features: pd.DataFrame
    regime: pd.Series
    shares: Floats | None = None
    date: pd.Series | None = None
    pair: pd.Series | None = None
    volatility: pd.Series | None = None


@dataclass(frozen=True)
class RegimeExperts:
    """The fitted models of one training window; picklable by reference to this package.

    Attributes
    ----------
    feature_names : columns of the fit, in order.
    models : one for each label and learner, those of the main label first.
    stacker : combines the main label's learners; None: the first one predicts.
    score_scale, uncertainty : of the main prediction; no uncertainty while it is being measured.
    residual_scale : expected size of a row's error, where the settings ask for it.
    interval_scale : what widens an interval, as ``IntervalOptions.scale``.
    routing : whether regimes are blended by their probability or the row's own regime decides.
    """

    feature_names: tuple[str, ...]
    models: tuple[RegimeModels, ...]
    stacker: Stacker | None
    score_scale: ScoreScale
    uncertainty: Uncertainty | None
    residual_scale: ResidualScale | None
    interval_scale: str
    routing: Routing
    report: FitReport
    package_version: str

    @property
    def pooled(self) -> RegimeModels:
        """Models of the main label's first learner."""
        return self.models[0]

    @property
    def shares_of_learners(self) -> tuple[float, ...]:
        """Weight of each of ``models`` in the main prediction."""
        own = [1.0] if self.stacker is None else [float(w) for w in self.stacker.weights]
        return tuple(own + [0.0] * (len(self.models) - len(own)))

    @property
    def further(self) -> tuple[tuple[int, str], ...]:
        """Place and column of each (label, learner) that is not the main prediction itself."""
        named = [(place, f"{m.label}_{m.learner}") for place, m in enumerate(self.models)]
        return tuple(named if self.stacker is not None else named[1:])

    def predict(self, asked: Asked) -> pd.DataFrame:
        """Ask every model for every row.

        Returns
        -------
        Frame with index 0..n-1: ``prediction``, ``pooled``, ``lower`` and ``upper`` in the label's
        unit (bounds NaN where there is no interval); ``probability`` that the label is positive, or
        is 1 where it is a class; ``expert``, whose word weighed most, see ``EXPERT_CODES``;
        ``score`` in [-1, 1], see ``ScoreScale``; and a column for each of ``further``.
        """
        rows = self.rows(asked)
        order = self.order(asked)
        shares = self.shares(asked)
        answers = [model.predict(rows, shares, order) for model in self.models]
        prediction = combined([answer[0] for answer in answers], self.stacker)
        assert self.uncertainty is not None
        lower, upper = self.uncertainty.bounds(prediction, self.error_scale(asked))
        main = {
            "prediction": prediction,
            "pooled": combined([answer[1] for answer in answers], self.stacker),
            "expert": self._speaker(shares),
            "score": self.score_scale.score(prediction, asked.regime.to_numpy(dtype=float)),
            "lower": lower,
            "upper": upper,
            "probability": self.uncertainty.probability(prediction),
        }
        return pd.DataFrame(main | {name: answers[place][0] for place, name in self.further})

    def rows(self, asked: Asked) -> Floats:
        """Features in the order of the fit, shape (rows, columns)."""
        features, names = asked.features, list(self.feature_names)
        chosen = features if list(features) == names else features[names]
        return chosen.to_numpy(dtype=float)

    def order(self, asked: Asked) -> RowOrder | None:
        """Which candle each row is, where that is known."""
        if asked.date is None or asked.pair is None:
            return None
        return row_order(asked.date, asked.pair)

    def shares(self, asked: Asked) -> Floats:
        """Probability of each regime, shape (rows, 3); certainty where only the regime is known.

        Rows of no known regime have zeros: the pooled model answers.
        """
        regime = asked.regime.to_numpy(dtype=float)
        certain = np.column_stack([regime == code for code in REGIMES]).astype(float)
        if self.routing == "hard" or asked.shares is None:
            return certain
        known = np.isfinite(asked.shares).all(axis=1, keepdims=True)
        return np.where(known, asked.shares, certain)

    def error_scale(self, asked: Asked) -> Floats:
        """Expected size of each row's error, shape (rows,); 1 where nothing widens intervals."""
        if self.residual_scale is not None:
            return self.residual_scale.size(self.rows(asked), self.order(asked))
        if self.interval_scale == "volatility" and asked.volatility is not None:
            return asked.volatility.to_numpy(dtype=float)
        return np.ones(len(asked.features))

    def importance(self) -> pd.Series:
        """Share of the first pooled model's gain by feature, largest first; sums to 1, or to 0."""
        gain = pd.Series(self.pooled.pooled.importance(), index=list(self.feature_names))
        return (gain / max(gain.sum(), 1e-300)).sort_values(ascending=False)

    def _speaker(self, shares: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Code of the expert that moves each row most; 0 where none does."""
        reach = np.zeros(shares.shape)
        for part, model in zip(self.shares_of_learners, self.models, strict=True):
            reach += part * model.reach(shares)
        codes = np.array([EXPERT_CODES[code] for code in REGIMES])
        return np.where(reach.max(axis=1) > 0, codes[reach.argmax(axis=1)], 0)


def combined(answers: Sequence[Floats], stacker: Stacker | None) -> Floats:
    """The main prediction of what all models say, shape (rows,)."""
    if stacker is None:
        return answers[0]
    return stacker.predict(np.stack(answers[: len(stacker.weights)]))
