"""Random forest and extra trees behind the contract are scikit-learn's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import ensemble

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners import extra_trees, random_forest
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.forest import Forest
from tests.learners.rows import KINDS, sample

OURS: dict[str, Any] = {
    "RandomForest": random_forest.Options(
        learner="random_forest", n_estimators=12, balance_classes=True, max_depth=None
    ),
    "ExtraTrees": extra_trees.Options(
        learner="extra_trees", n_estimators=12, balance_classes=True, max_depth=None
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OURS)
def test_predictions_are_those_of_scikit_learn(name: str, kind: Kind) -> None:
    rows = sample(kind)
    stated: dict[str, Any] = {
        "n_estimators": 12,
        "min_samples_leaf": 0.01,
        "max_features": 0.3,
        "max_samples": 0.5,
        "bootstrap": True,
        "random_state": 1,
    }
    if kind == "regression":
        theirs = getattr(ensemble, f"{name}Regressor")(**stated).fit(rows.rows, rows.target)
        expected = theirs.predict(rows.rows)
    else:
        stated["class_weight"] = "balanced"
        theirs = getattr(ensemble, f"{name}Classifier")(**stated).fit(rows.rows, rows.target)
        expected = theirs.predict_proba(rows.rows)
        expected = expected[:, 1] if kind == "binary" else expected
    got = fit(OURS[name], rows, kind, n_jobs=2)
    assert np.allclose(got.predict(rows.rows), expected, atol=1e-12)
    assert isinstance(got.model, Forest) and got.model.estimator.n_jobs == 1
