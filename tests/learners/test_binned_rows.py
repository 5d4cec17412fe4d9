"""Rows binned once: fits on parts of them are those of LightGBM on the same bins."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from freqai_regimes.learners.binned_rows import BinnedPart, BinnedRows
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.gradient_boosting import Options
from freqai_regimes.learners.sample import Floats, Sample

ROWS, TRAIN = 1000, np.arange(50, 950)
OPTIONS = Options(learner="lightgbm", n_estimators=20, min_child_fraction=0.05)


@pytest.fixture(scope="module")
def rows() -> Floats:
    return np.random.default_rng(0).normal(size=(ROWS, 4))


def sample(rows: Floats, binned: bool = True) -> Sample:
    target = rows[:, 0] + np.sin(3 * rows[:, 1])
    weight = np.linspace(0.5, 1.5, ROWS)
    part = BinnedPart(BinnedRows(rows, TRAIN), np.arange(ROWS)) if binned else None
    return Sample(rows, target, weight, None, part)


def test_a_fit_on_all_training_rows_is_that_without_sharing(rows: Floats) -> None:
    shared, own = (
        fit(OPTIONS, sample(rows, binned).part(TRAIN), "regression").predict(rows)
        for binned in (True, False)
    )
    assert shared.tobytes() == own.tobytes()


def test_a_fit_on_a_part_is_lightgbms_own_on_rows_rounded_to_the_bins(rows: Floats) -> None:
    """Where no bin holds two values that differ, the edges tell nothing but their place."""
    coarse = np.round(rows * 4) / 4  # fewer than 63 values in each column
    some = TRAIN[100:700:2]
    got, expected = (
        fit(OPTIONS, sample(coarse, binned).part(some), "regression").predict(coarse[some])
        for binned in (True, False)
    )
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_no_row_outside_the_training_rows_has_a_say(rows: Floats) -> None:
    other = rows.copy()
    other[:50], other[950:] = 1e6, -1e6
    some = TRAIN[:600]
    said = [fit(OPTIONS, sample(r).part(some), "regression").predict(rows) for r in (rows, other)]
    assert said[0].tobytes() == said[1].tobytes()


def test_bins_are_found_once_for_all_parts(rows: Floats, monkeypatch: pytest.MonkeyPatch) -> None:
    binned, honest = [], lightgbm.Dataset.__init__

    def counted(self: lightgbm.Dataset, data: object, *args: object, **kwargs: object) -> None:
        binned.append(data is not None)
        honest(self, data, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(lightgbm.Dataset, "__init__", counted)
    whole = sample(rows)
    for some in (TRAIN, TRAIN[:500], TRAIN[300:]):
        fit(OPTIONS, whole.part(some), "regression", stopping=whole.part(TRAIN[800:]))
    assert sum(binned) == 1 and len(binned) >= 4
