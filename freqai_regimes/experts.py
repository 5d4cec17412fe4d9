"""One pooled model and an expert per regime, fitted, kept and asked as a single object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import TrainingError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.labels.sample_weight import age_decay, sample_weight
from freqai_regimes.learners.gradient_boosting import GradientBoosting, fit_gradient_boosting
from freqai_regimes.regimes import BEAR, BULL, REGIME_NAMES, SIDEWAYS
from freqai_regimes.settings import ExpertSettings
from freqai_regimes.splits import purged_split

#: Who spoke, as a number (strings do not survive FreqAI's history well).
EXPERT_CODES = {None: 0, BULL: 1, SIDEWAYS: 2, BEAR: 3}
MINIMUM_TRAIN_ROWS = 100
_SCORE_QUANTILES = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class ExpertDecision:
    """Whether a regime has its own expert, and why."""

    rows: int
    used: bool
    reason: str


@dataclass(frozen=True)
class FitReport:
    """What one fit had to work with and how it did on the purged validation rows."""

    trained_from: pd.Timestamp
    trained_until: pd.Timestamp
    train_rows: int
    validation_rows: int
    purged_rows: int
    validation_rank_correlation: float
    experts: dict[str, ExpertDecision]


@dataclass(frozen=True)
class RegimeExperts:
    """The fitted models of one training window; picklable by reference to this package."""

    feature_names: tuple[str, ...]
    pooled: GradientBoosting
    experts: dict[int, GradientBoosting]
    score_edges: npt.NDArray[np.float64]
    report: FitReport
    package_version: str

    def predict(self, features: pd.DataFrame, regime: pd.Series) -> pd.DataFrame:
        """Ask the expert of each row's regime, or the pooled model where there is none.

        Parameters
        ----------
        features : the columns of the fit, by name; no NaN.
        regime : 1, 0, -1 or NaN for each row, as it was known at that row.

        Returns
        -------
        Frame with index 0..n-1: ``prediction`` and ``pooled`` in the label's unit; ``expert``, see
        ``EXPERT_CODES``; ``score`` in [-1, 1], the rank of the prediction among those that the same
        models made on their validation rows (ties: their mean rank, so a constant scores 0).
        """
        rows = features[list(self.feature_names)].to_numpy(dtype=float)
        pooled = self.pooled.predict(rows)
        prediction, expert = pooled.copy(), np.zeros(len(rows), dtype=int)
        state = regime.to_numpy(dtype=float)
        for code, model in self.experts.items():
            mine = state == code
            prediction[mine] = model.predict(rows[mine])
            expert[mine] = EXPERT_CODES[code]
        edges, place = np.unique(self.score_edges, return_inverse=True)
        rank = np.bincount(place, weights=_SCORE_QUANTILES) / np.bincount(place)
        score = np.interp(prediction, edges, 2 * rank - 1)
        return pd.DataFrame(
            {"prediction": prediction, "pooled": pooled, "expert": expert, "score": score}
        )

    def importance(self) -> pd.Series:
        """Share of the pooled model's gain by feature, largest first; sums to 1 (0: no splits)."""
        gain = pd.Series(self.pooled.importance(), index=list(self.feature_names))
        return (gain / max(gain.sum(), 1e-300)).sort_values(ascending=False)


def fit_experts(
    features: pd.DataFrame,
    label: pd.Series,
    regime: pd.Series,
    date: pd.Series,
    known_at: pd.Series,
    *,
    settings: ExpertSettings,
    parameters: dict[str, Any],
    package_version: str,
) -> RegimeExperts:
    """Fit one window; rows are in time order and share one index, features and label hold no NaN.

    The last part of the window validates (see ``splits.purged_split``): it stops the trees early if
    asked to, measures the rank correlation, and scales the score. It is not fitted on.

    Raises
    ------
    TrainingError
        If fewer than ``MINIMUM_TRAIN_ROWS`` rows are left to train on.
    """
    split = purged_split(date, known_at, settings.validation_fraction)
    if len(split.train) < MINIMUM_TRAIN_ROWS or len(split.validation) == 0:
        raise TrainingError(
            f"{len(split.train)} rows to train on and {len(split.validation)} to validate, of "
            f"{len(date)}; at least {MINIMUM_TRAIN_ROWS} are needed. Load more history before the "
            "range, or raise train_period_days."
        )
    rows, target = features.to_numpy(dtype=float), label.to_numpy(dtype=float)
    state = regime.to_numpy(dtype=float)
    weight = _row_weight(date.iloc[split.train], known_at.iloc[split.train], settings)

    def fit(mask: npt.NDArray[np.bool_]) -> GradientBoosting:
        train, validation = split.train[mask[split.train]], split.validation[mask[split.validation]]
        return fit_gradient_boosting(
            rows[train],
            target[train],
            parameters,
            weight=weight[mask[split.train]],
            validation=(rows[validation], target[validation]),
            early_stopping_rounds=settings.early_stopping_rounds,
        )

    pooled = fit(np.ones(len(rows), dtype=bool))
    experts, decisions = {}, {}
    for code, name in REGIME_NAMES.items():
        decisions[name] = _decide(int((state[split.train] == code).sum()), settings.minimum_rows)
        if decisions[name].used:
            experts[code] = fit(state == code)
    report = FitReport(
        trained_from=date.iloc[split.train[0]],
        trained_until=date.iloc[-1],
        train_rows=len(split.train),
        validation_rows=len(split.validation),
        purged_rows=split.purged_rows,
        validation_rank_correlation=float("nan"),
        experts=decisions,
    )
    names = tuple(str(name) for name in features.columns)
    bundle = RegimeExperts(names, pooled, experts, np.zeros(101), report, package_version)
    return _validated(bundle, features.iloc[split.validation], regime, target, split.validation)


def _row_weight(
    date: pd.Series, known_at: pd.Series, settings: ExpertSettings
) -> npt.NDArray[np.float64]:
    """How much each training row counts; mean 1."""
    half_life = settings.weight_half_life_days
    if settings.weight_by_uniqueness:
        return sample_weight(date, known_at, half_life).to_numpy(dtype=float)
    if half_life is None:
        return np.ones(len(date))
    decay = age_decay(date, half_life).to_numpy(dtype=float)
    return np.asarray(decay / decay.mean())


def _decide(rows: int, minimum_rows: int) -> ExpertDecision:
    if rows < minimum_rows:
        return ExpertDecision(rows, False, f"{rows} rows, {minimum_rows} needed: pooled model")
    return ExpertDecision(rows, True, f"{rows} rows")


def _validated(
    bundle: RegimeExperts,
    features: pd.DataFrame,
    regime: pd.Series,
    target: npt.NDArray[np.float64],
    validation: npt.NDArray[np.intp],
) -> RegimeExperts:
    """The bundle with its score scaled, and its rank correlation measured, on validation rows."""
    predicted = bundle.predict(features, regime.iloc[validation])["prediction"].to_numpy()
    edges = np.maximum.accumulate(np.quantile(predicted, _SCORE_QUANTILES))
    correlation = rank_correlation(predicted, target[validation])
    report = FitReport(**{**vars(bundle.report), "validation_rank_correlation": correlation})
    return RegimeExperts(
        bundle.feature_names, bundle.pooled, bundle.experts, edges, report, bundle.package_version
    )
