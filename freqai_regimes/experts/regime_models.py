"""One label learnt by one learner: a pooled model, and experts that move it within their regime."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.experts.window import Floats
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.sample import RowOrder
from freqai_regimes.regimes import REGIME_NAMES

#: The order of the columns of regime probabilities.
REGIMES = tuple(REGIME_NAMES)


def value_of(answer: Floats, kind: Kind) -> Floats:
    """One number a row of what a learner answers, shape (rows,).

    Regression: the value. Binary: the probability of 1. Three-class: the mean of -1, 0 and 1.
    """
    return answer[:, 2] - answer[:, 0] if kind == "three_class" else answer


@dataclass(frozen=True)
class Experts:
    """What was learnt of each regime beside a pooled model; self-contained.

    Attributes
    ----------
    models : by code of the regime. Of a regression: fitted on what the pooled model left there. Of
        classes: a model of its own, in which the rows of other regimes count less.
    rows : share of the training rows that lie in each of those regimes.
    """

    kind: Kind
    models: dict[int, FittedLearner]
    rows: dict[int, float]

    def moves(self, rows: Floats, pooled: Floats, order: RowOrder | None = None) -> Floats:
        """How far each regime's expert would move the pooled prediction of each row.

        An expert moves by what it says more than the experts say on average:

            move_r = said_r - sum over regimes of (share of rows) * said_s,

        where said is how far it is from the pooled prediction. What all of them say alike is what
        the pooled model could have learnt with a longer fit, and is no matter of regimes.

        Returns
        -------
        Shape (rows, 3), in the order of ``REGIMES``; 0 where a regime has no expert.
        """
        said = {code: self._said(model, rows, pooled, order) for code, model in self.models.items()}
        common = sum((self.rows[code] * said[code] for code in said), np.zeros(len(rows)))
        moves = np.zeros((len(rows), len(REGIMES)))
        for code, own in said.items():
            moves[:, REGIMES.index(code)] = own - common
        return moves

    def _said(
        self, model: FittedLearner, rows: Floats, pooled: Floats, order: RowOrder | None
    ) -> Floats:
        value = value_of(model.predict(rows, order), self.kind)
        return value if self.kind == "regression" else value - pooled


@dataclass(frozen=True)
class RegimeModels:
    """Pooled model and experts of a (label, learner); self-contained.

    Attributes
    ----------
    pooled : fitted on the rows of all regimes.
    weights : how far each regime's expert is trusted, in (0, 1]; see ``shrinkage``.
    """

    label: str
    learner: str
    kind: Kind
    pooled: FittedLearner
    experts: Experts
    weights: dict[int, float]

    def pooled_value(self, rows: Floats, order: RowOrder | None = None) -> Floats:
        """What the pooled model says, shape (rows,)."""
        return value_of(self.pooled.predict(rows, order), self.kind)

    def predict(
        self, rows: Floats, shares: Floats, order: RowOrder | None = None
    ) -> tuple[Floats, Floats]:
        """Prediction and pooled prediction of each row, shape (rows,).

        Parameters
        ----------
        rows : features, shape (rows, columns).
        shares : probability of each of ``REGIMES``, shape (rows, 3); NaN or zeros: pooled.

        Returns
        -------
        pooled + sum over regimes of share * weight * move, and pooled.
        """
        pooled = self.pooled_value(rows, order)
        if not self.weights:
            return pooled, pooled
        moves = self.experts.moves(rows, pooled, order)
        return pooled + (self.reach(shares) * moves).sum(axis=1), pooled

    def reach(self, shares: Floats) -> Floats:
        """How much of each regime's move a row gets, shape (rows, 3): share times weight."""
        weight = np.array([self.weights.get(code, 0.0) for code in REGIMES])
        return np.asarray(np.nan_to_num(shares) * weight)
