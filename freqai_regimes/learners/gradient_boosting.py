"""Gradient boosted trees (LightGBM), made repeatable and kept to the threads they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]

#: Small trees with much shrinkage: returns are mostly noise. Overridden by FreqAI's own
#: ``model_training_parameters``.
DEFAULT_PARAMETERS: dict[str, Any] = {
    "n_estimators": 100,
    "learning_rate": 0.04,
    "num_leaves": 12,
    "max_depth": 5,
    "min_child_samples": 100,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.5,
    "reg_lambda": 10.0,
    "max_bin": 63,
}
#: Overridden too: the seed, and one thread, since more than there are free cores is far slower.
RUNNING: dict[str, Any] = {"n_jobs": 1, "random_state": 1}
#: What makes the same rows give the same trees, bit for bit, on one machine; never overridden.
REPEATABLE: dict[str, Any] = {"deterministic": True, "force_row_wise": True, "verbose": -1}


@dataclass(frozen=True)
class GradientBoosting:
    """A fitted LightGBM regressor."""

    booster: lightgbm.Booster

    def predict(self, features: Rows) -> Rows:
        """Predictions for rows of features in the order of the fit, shape (rows,)."""
        if len(features) == 0:
            return np.empty(0)
        return np.asarray(self.booster.predict(features, num_threads=1), dtype=float)

    def importance(self) -> Rows:
        """Total gain of each feature, in the order of the fit."""
        return np.asarray(self.booster.feature_importance("gain"), dtype=float)


def fit_gradient_boosting(
    features: Rows,
    label: Rows,
    parameters: dict[str, Any],
    *,
    weight: Rows | None = None,
    validation: tuple[Rows, Rows] | None = None,
    early_stopping_rounds: int = 0,
) -> GradientBoosting:
    """Fit on rows in time order.

    Parameters
    ----------
    features, label : shapes (rows, columns) and (rows,).
    parameters : LightGBM's scikit-learn names; they override ``DEFAULT_PARAMETERS``.
    weight : how much each row counts, shape (rows,); None: all the same.
    validation : later rows for early stopping, purged from the training rows by the caller.
    early_stopping_rounds : 0 keeps all trees.
    """
    regressor = lightgbm.LGBMRegressor(
        **{**DEFAULT_PARAMETERS, **RUNNING, **parameters, **REPEATABLE}
    )
    if validation is None or early_stopping_rounds == 0 or len(validation[1]) == 0:
        regressor.fit(features, label, sample_weight=weight)
    else:
        regressor.fit(
            features,
            label,
            sample_weight=weight,
            eval_X=validation[0],
            eval_y=validation[1],
            callbacks=[lightgbm.early_stopping(early_stopping_rounds, verbose=False)],
        )
    return GradientBoosting(regressor.booster_)
