"""Presets of the sources: the numbers that their documents and code state."""

from __future__ import annotations

import re
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from pydantic import TypeAdapter

from freqai_regimes.learners.engine import LEARNER_OPTIONS, LearnerOptions, column_name, fit
from freqai_regimes.learners.gradient_boosting import REPEATABLE, GradientBoosting
from freqai_regimes.learners.presets import PRESETS
from tests.learners.rows import sample


def preset(name: str) -> LearnerOptions:
    chosen: LearnerOptions = TypeAdapter(LearnerOptions).validate_python(name)
    return chosen


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "source_002_lstm"])
def test_every_preset_fits_and_predicts(name: str) -> None:
    quick = {"n_estimators": 20, "epochs": 2}
    chosen = preset(name)
    known = {field: value for field, value in quick.items() if hasattr(chosen, field)}
    model = fit(chosen.model_copy(update=known), sample("binary", 300), "binary")
    answer = model.predict(sample("binary", 300).rows)
    assert np.isfinite(answer).all() and answer.std() > 0


def test_source_004_is_lightgbm_with_its_numbers_and_drawn_rows() -> None:
    rows, later = sample("regression"), sample("regression", 200, seed=4)
    stated = {
        "num_leaves": 64,
        "max_depth": 8,
        "n_estimators": 1000,
        "learning_rate": 0.03,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.8,
        "min_child_samples": 20,
    }
    theirs = lightgbm.LGBMRegressor(**stated, random_state=1, n_jobs=1, **REPEATABLE)
    theirs.fit(
        rows.rows,
        rows.target,
        eval_X=later.rows,
        eval_y=later.target,
        callbacks=[lightgbm.early_stopping(100, verbose=False)],
    )
    got = fit(preset("source_004"), rows, "regression", stopping=later)
    assert isinstance(got.model, GradientBoosting)
    assert got.model.booster.best_iteration == theirs.best_iteration_ < 1000
    assert (got.predict(later.rows) == theirs.booster_.predict(later.rows)).all()


def test_source_000_gb_is_lightgbm_with_its_numbers() -> None:
    rows = sample("binary")
    stated = {
        "num_leaves": 32,
        "max_depth": 1,
        "num_iterations": 1500,
        "learning_rate": 0.01,
        "min_data_in_leaf": 5,
        "lambda_l1": 1.0,
        "lambda_l2": 1.0,
        "objective": "cross_entropy",
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
        "num_threads": 1,
    }
    theirs = lightgbm.train(stated, lightgbm.Dataset(rows.rows, rows.target))
    even = preset("source_000_gb").model_copy(update={"balance_classes": False})
    got = fit(even, rows, "binary").predict(rows.rows)
    assert np.allclose(got, theirs.predict(rows.rows), atol=1e-6)


# --- the page ------------------------------------------------------------------------------------


def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "learners.md").read_text()


def test_the_page_names_every_learner_with_its_defaults_and_every_preset() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|[^|]*\|$", page(), re.M))
    assert rows.pop("learner") == "defaults"
    assert rows.keys() == LEARNER_OPTIONS.keys()
    for learner, said in rows.items():
        given = preset(learner).model_dump()
        numbers = {float(number.replace(",", "")) for number in re.findall(r"[\d.,]*\d", said)}
        known = {value for value in given.values() if isinstance(value, int | float)}
        known |= {*given.get("layers", ())} if learner == "neural_network" else set()
        known |= {100 * value for value in known}
        assert numbers <= known, learner
    assert [name for name in PRESETS if f"`{name}`" not in page()] == []


def test_the_example_of_the_page_is_taken() -> None:
    example = re.search(r"```json\n(.*?)```", page(), re.S)
    assert example
    chosen = TypeAdapter(list[LearnerOptions]).validate_json(example[1])
    assert [column_name(options) for options in chosen] == ["lightgbm", "ridge", "source_004"]
