"""Ridge and logistic regression behind the contract are scikit-learn's on scaled features."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.linear import Options
from freqai_regimes.learners.sample import Sample
from tests.learners.rows import KINDS, sample


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_of_scikit_learn(kind: Kind) -> None:
    rows = sample(kind)
    weight = np.linspace(0.5, 1.5, 500)
    scaled = np.clip(StandardScaler().fit_transform(rows.rows), -2, 2)
    if kind == "regression":
        expected = Ridge(alpha=10).fit(scaled, rows.target, weight).predict(scaled)
    else:
        theirs = LogisticRegression(C=0.1, max_iter=1000).fit(scaled, rows.target, weight)
        expected = theirs.predict_proba(scaled)
        expected = expected[:, 1] if kind == "binary" else expected
    options = Options(learner="linear", alpha=10, clip=2)
    got = fit(options, Sample(rows.rows, rows.target, weight), kind)
    assert np.allclose(got.predict(rows.rows), expected, atol=1e-9)


def test_balanced_classes_count_the_same() -> None:
    rows = sample("binary")
    rare = rows.part((rows.target == 0) | (np.arange(500) % 10 == 0))
    plain, balanced = (
        fit(Options(learner="linear", alpha=1, balance_classes=way), rare, "binary")
        for way in (False, True)
    )
    assert plain.predict(rare.rows).mean() == pytest.approx(rare.target.mean(), abs=0.02)
    assert balanced.predict(rare.rows).mean() > rare.target.mean() + 0.15


def test_a_constant_column_and_a_far_row_do_no_harm() -> None:
    rows = sample("regression")
    constant = np.column_stack([rows.rows, np.full(500, 3.0)])
    model = fit(Options(learner="linear"), Sample(constant, rows.target), "regression")
    far = constant[:1].copy()
    far[0, 0] = 1e9
    assert np.isfinite(model.predict(far)).all()
    assert model.predict(far)[0] < 10 and model.importance()[4] == 0
