"""XGBoost behind the contract: its own predictions, options that reach it, early stopping."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.extreme_gradient_boosting import ExtremeGradientBoosting, Options
from tests.learners.rows import KINDS, sample


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_of_xgboost_itself(kind: Kind) -> None:
    rows = sample(kind)
    options = Options(learner="xgboost", n_estimators=15, min_child_weight=5)
    names = ("n_estimators", "learning_rate", "max_depth", "min_child_weight", "subsample")
    more = ("colsample_bytree", "reg_alpha", "reg_lambda", "max_bin", "random_state")
    stated = {name: getattr(options, name) for name in names + more}
    if kind == "regression":
        expected = xgboost.XGBRegressor(**stated, n_jobs=1).fit(rows.rows, rows.target)
        answer = expected.predict(rows.rows)
    else:
        codes = rows.target - rows.target.min()
        expected = xgboost.XGBClassifier(**stated, n_jobs=1).fit(rows.rows, codes)
        answer = expected.predict_proba(rows.rows)
        answer = answer[:, 1] if kind == "binary" else answer
    assert np.allclose(fit(options, rows, kind).predict(rows.rows), answer, atol=1e-6)


def test_it_stops_where_the_stopping_rows_gain_no_more_and_predicts_with_the_best_trees() -> None:
    rows, later = sample("regression"), sample("regression", seed=9)
    many = Options(learner="xgboost", n_estimators=400, learning_rate=0.2, min_child_weight=5)
    learner = fit(many, rows, "regression", stopping=later, early_stopping_rounds=10)
    model = learner.model
    assert isinstance(model, ExtremeGradientBoosting) and 0 < model.rounds < 200
    best = fit(many.model_copy(update={"n_estimators": model.rounds}), rows, "regression")
    assert np.allclose(best.predict(later.rows), learner.predict(later.rows), atol=1e-6)
    own = many.model_copy(update={"early_stopping_rounds": 0})
    for all_trees in (
        fit(own, rows, "regression", stopping=later, early_stopping_rounds=10),
        fit(many, rows, "regression", stopping=later),
    ):
        assert isinstance(all_trees.model, ExtremeGradientBoosting)
        assert all_trees.model.booster.num_boosted_rounds() == 400
        assert all_trees.model.rounds == 0
