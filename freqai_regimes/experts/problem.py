"""One label of a window and one learner: the fits it takes, each on rows that are named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from freqai_regimes.experts.regime_models import Experts, value_of
from freqai_regimes.experts.window import Floats, Positions, Target, Window, row_order, row_weight
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.labels.sample_weight import average_uniqueness
from freqai_regimes.learners import engine
from freqai_regimes.learners.binned_rows import BinnedPart, BinnedRows
from freqai_regimes.learners.engine import LearnerOptions
from freqai_regimes.learners.expert_settings import ExpertSettings
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.sample import Sample
from freqai_regimes.splits import stopping_split

#: Classes have no residuals: their expert learns from all rows, those of other regimes at this
#: weight. (Of 0, 0.25 and 1 it was the best on markets whose seeds no table uses.)
OTHER_REGIMES_WEIGHT = 0.25
#: Share of the rows of a fit by which it stops early, where the settings ask for that.
STOPPING_FRACTION = 0.15
#: Blocks of rows that count as independent are so many times as long as a label lives.
BLOCK_LIVES = 3


@dataclass(frozen=True)
class Problem:
    """Rows, target and learner; rows are named by their position in the window.

    Attributes
    ----------
    train : positions that may be fitted on.
    weight : how much each row of the window counts, shape (rows,); NaN outside ``train``.
    """

    window: Window
    target: Target
    learner: LearnerOptions
    settings: ExpertSettings
    train: Positions
    sample: Sample
    regime: Floats

    @classmethod
    def of(
        cls,
        window: Window,
        target: Target,
        learner: LearnerOptions,
        settings: ExpertSettings,
        train: Positions,
    ) -> Problem:
        """Weigh the training rows and turn the window into numbers."""
        weight = np.zeros(len(window.date))
        dates, known = window.date.iloc[train], target.known_at.iloc[train]
        weight[train] = row_weight(dates, known, settings)
        rows = window.rows()
        sample = Sample(
            rows,
            target.values.to_numpy(dtype=float),
            weight,
            row_order(window.date, window.pair),
            BinnedPart(BinnedRows(rows, train), np.arange(len(rows))),
        )
        regime = window.regime.to_numpy(dtype=float)
        return cls(window, target, learner, settings, train, sample, regime)

    @property
    def kind(self) -> Kind:
        """Kind of the label."""
        return self.target.kind

    def of_regime(self, rows: Positions, code: int) -> Positions:
        """Those of the rows that lie in a regime."""
        return np.asarray(rows[self.regime[rows] == code])

    def effective_rows(self, rows: Positions) -> float:
        """How many labels that do not overlap in time the rows amount to.

        The sum of their average uniqueness; pairs that share a moment share it, as they move
        together.
        """
        if len(rows) == 0:
            return 0.0
        dates, known = self.window.date.iloc[rows], self.target.known_at.iloc[rows]
        return float(average_uniqueness(dates, known).sum())

    @cached_property
    def blocks(self) -> npt.NDArray[np.int64]:
        """Number of the stretch of time of each row; one is longer than nearly all labels live."""
        lives = (self.target.known_at - self.window.date).dt.total_seconds()
        step = BLOCK_LIVES * max(float(lives.quantile(0.9)), 1.0)
        passed = (self.window.date - self.window.date.iloc[0]).dt.total_seconds()
        return np.asarray(passed // step, dtype=np.int64)

    def fit_pooled(self, rows: Positions) -> FittedLearner:
        """Fit on the rows of all regimes."""
        return self._fit(rows, self.sample)

    def fit_experts(self, rows: Positions, codes: list[int], pooled: Floats) -> Experts:
        """Fit an expert for each of these regimes; ``pooled``: see ``said``."""
        models = {code: self._fit_expert(rows, code, pooled) for code in codes}
        shares = {code: len(self.of_regime(rows, code)) / len(rows) for code in codes}
        return Experts(self.kind, models, shares)

    def said(self, pooled: FittedLearner, rows: Positions) -> Floats:
        """What a model says of these rows of the window, NaN elsewhere, shape (rows,)."""
        answer = np.full(len(self.sample), np.nan)
        if pooled.window_candles > 1:  # it looks at the candles before as well
            whole = pooled.predict(self.sample.rows, self.sample.order)
            answer[rows] = value_of(whole[rows], self.kind)
        else:
            answer[rows] = value_of(pooled.predict(self.sample.rows[rows]), self.kind)
        return answer

    def moves(self, experts: Experts, pooled: Floats, rows: Positions) -> Floats:
        """How far each expert would move these rows, shape (rows, 3); ``pooled``: see ``said``."""
        if any(model.window_candles > 1 for model in experts.models.values()):
            return experts.moves(self.sample.rows, pooled, self.sample.order)[rows]
        return experts.moves(self.sample.rows[rows], pooled[rows])

    def _fit_expert(self, rows: Positions, code: int, pooled: Floats) -> FittedLearner:
        if self.kind == "regression":
            own = self.of_regime(rows, code)
            return self._fit(own, replace(self.sample, target=self.sample.target - pooled))
        weight = np.where(self.regime == code, 1.0, OTHER_REGIMES_WEIGHT)
        return self._fit(rows, replace(self.sample, weight=self._weight() * weight))

    def _weight(self) -> Floats:
        assert self.sample.weight is not None
        return self.sample.weight

    def _fit(self, rows: Positions, sample: Sample) -> FittedLearner:
        """Fit on the rows, the last of them kept for stopping where that is asked for."""
        stopping = None
        rounds = self.settings.early_stopping_rounds
        own = getattr(self.learner, "early_stopping_rounds", None)
        if own if own is not None else rounds:
            split = stopping_split(self.window.date, self.target.known_at, rows, STOPPING_FRACTION)
            rows, stopping = split.train, _only(sample, split.validation)
        return engine.fit(
            self.learner,
            _only(sample, rows),
            self.kind,
            stopping=stopping,
            early_stopping_rounds=rounds,
        )


def _only(sample: Sample, rows: Positions) -> Sample:
    """The sample with targets of these rows alone: the others are history."""
    target = np.full(len(sample), np.nan)
    target[rows] = sample.target[rows]
    return replace(sample, target=target)
