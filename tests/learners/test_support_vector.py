"""Support vector machines behind the contract: scikit-learn's, on the last rows, any unit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.sample import Sample
from freqai_regimes.learners.support_vector import Options
from tests.learners.rows import sample

OPTIONS = Options(learner="support_vector", clip=100.0)


def test_a_probability_is_the_logistic_curve_of_the_margin() -> None:
    rows = sample("binary")
    theirs = make_pipeline(StandardScaler(), SVC(C=1.0)).fit(rows.rows, rows.target)
    expected = 1 / (1 + np.exp(-theirs.decision_function(rows.rows)))
    assert np.allclose(fit(OPTIONS, rows, "binary").predict(rows.rows), expected, atol=1e-9)


def test_only_the_last_rows_are_learnt() -> None:
    rows = sample("regression")
    few = OPTIONS.model_copy(update={"most_rows": 200})
    got = fit(few, rows, "regression").predict(rows.rows)
    last = fit(OPTIONS, rows.part(np.arange(300, 500)), "regression").predict(rows.rows)
    assert got.tobytes() == last.tobytes()


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_the_unit_of_the_label_does_not_matter(unit: float) -> None:
    rows = sample("regression")
    plain = fit(OPTIONS, rows, "regression").predict(rows.rows)
    scaled = fit(OPTIONS, Sample(rows.rows, rows.target * unit), "regression")
    assert np.allclose(scaled.predict(rows.rows) / unit, plain, atol=0.01)  # libsvm stops at 1e-3
