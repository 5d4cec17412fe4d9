"""What every learner must do, for every kind of label: found by introspection, none left out."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from freqai_regimes.errors import TrainingError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.engine import LEARNER_OPTIONS, LearnerOptions, column_name, fit
from freqai_regimes.learners.learner import ConstantModel, FittedLearner
from freqai_regimes.learners.presets import PRESETS
from freqai_regimes.learners.sample import Floats, RowOrder, Sample
from tests.learners.rows import KINDS, fitted, named, options, sample

CASES = [(learner, kind) for learner in named() for kind in KINDS]
each_case = pytest.mark.parametrize(("learner", "kind"), CASES)
each_learner = pytest.mark.parametrize("learner", named())


def asked(model: FittedLearner, of: Sample) -> Floats:
    return model.predict(of.rows, of.order)


def one_number(kind: Kind, answer: Floats) -> Floats:
    """What should rise with the first column."""
    return answer[:, 2] - answer[:, 0] if kind == "three_class" else answer


@each_case
def test_it_learns_what_is_there_and_answers_in_the_shape_of_the_kind(
    learner: str, kind: Kind
) -> None:
    model, later = fitted(learner, kind), sample(kind, seed=1)
    answer = asked(model, later)
    assert answer.shape == ((500, 3) if kind == "three_class" else (500,))
    assert rank_correlation(one_number(kind, answer), later.rows[:, 0]) > 0.8
    if kind != "regression":
        assert answer.min() >= 0 and answer.max() <= 1
    if kind == "three_class":
        assert np.allclose(answer.sum(axis=1), 1)
        assert model.classes == (-1.0, 0.0, 1.0)


@each_case
def test_the_same_rows_give_the_same_bits_alone_together_and_in_a_second_fit(
    learner: str, kind: Kind
) -> None:
    model, later = fitted(learner, kind), sample(kind, 120, seed=1)
    together = asked(model, later)
    assert asked(fitted(learner, kind), later).tobytes() == together.tobytes()
    for part in (slice(7, 8), slice(3, 50), slice(60, 120)):
        assert asked(model, later.part(np.arange(120)[part])).tobytes() == together[part].tobytes()


@each_case
def test_a_row_with_an_unknown_feature_gets_no_prediction_and_changes_no_other(
    learner: str, kind: Kind
) -> None:
    model, later = fitted(learner, kind), sample(kind, 50, seed=1)
    whole = asked(model, later)
    later.rows[3, 1], later.rows[9, 0] = np.nan, np.inf
    answer = asked(model, later)
    bad = np.isin(np.arange(50), [3, 9])
    assert np.isnan(answer[bad]).all()
    assert answer[~bad].tobytes() == whole[~bad].tobytes()
    assert asked(model, later.part(np.array([3]))).shape == whole[:1].shape
    assert asked(model, later.part(np.arange(0))).shape == whole[:0].shape


@each_learner
def test_a_class_that_the_window_lacks_has_probability_0(learner: str) -> None:
    rows = sample("three_class")
    rows = rows.part(rows.target != -1)
    model = fit(options(learner), rows, "three_class")
    answer = asked(model, rows)
    assert answer.shape == (len(rows), 3)
    assert (answer[:, 0] == 0).all() and np.allclose(answer.sum(axis=1), 1)
    assert rank_correlation(answer[:, 2], rows.rows[:, 0]) > 0.7


@each_learner
def test_a_single_class_is_certain(learner: str) -> None:
    for kind, only, expected in [("binary", 1.0, 1.0), ("binary", 0.0, 0.0)]:
        rows = sample(kind)  # type: ignore[arg-type]
        model = fit(options(learner), rows.part(rows.target == only), kind)  # type: ignore[arg-type]
        assert isinstance(model.model, ConstantModel)
        assert (asked(model, rows) == expected).all()
        assert (model.importance() == np.zeros(4)).all()


@each_learner
def test_the_seed_alone_decides_what_is_drawn(learner: str) -> None:
    """Models with another seed differ, or draw nothing at all; nothing is left in numpy's state."""
    before = np.random.get_state()[1].copy()  # type: ignore[index,union-attr]
    later = sample("regression", 50, seed=1)
    first = asked(fitted(learner, "regression"), later)
    other = asked(fitted(learner, "regression", random_state=7), later)
    assert np.corrcoef(first, other)[0, 1] > 0.5
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]


@each_learner
def test_importance_is_there_for_each_column_and_highest_for_the_one_that_counts(
    learner: str,
) -> None:
    for kind in KINDS:
        importance = fitted(learner, kind).importance()
        assert importance.shape == (4,) and (importance >= 0).all()
        assert importance.argmax() == 0 or (importance == 0).all()


@each_case
def test_rows_that_weigh_nothing_are_as_if_they_were_not_there(learner: str, kind: Kind) -> None:
    """Half the rows tell the opposite; with weight 0 the others are followed."""
    rows, liars = sample(kind), sample(kind, seed=5)
    lie = 1 - liars.target if kind == "binary" else -liars.target
    assert rows.order is not None and liars.order is not None
    date = np.concatenate([rows.order.date, liars.order.date + np.timedelta64(500, "h")])
    both = Sample(
        np.vstack([rows.rows, liars.rows]),
        np.concatenate([rows.target, lie]),
        np.repeat([1.0, 1e-6], 500),
        RowOrder(date, np.zeros(1000, dtype=int), rows.order.candle),
    )
    answer = asked(fit(options(learner), both, kind), sample(kind, seed=1))
    assert rank_correlation(one_number(kind, answer), sample(kind, seed=1).rows[:, 0]) > 0.6


@each_case
def test_two_threads_give_the_bits_of_one(learner: str, kind: Kind) -> None:
    few = {"n_estimators": 5} if "n_estimators" in LEARNER_OPTIONS[learner].model_fields else {}
    one, two = (fit(options(learner, **few), sample(kind), kind, n_jobs=n) for n in (1, 2))
    later = sample(kind, 100, seed=1)
    assert asked(one, later).tobytes() == asked(two, later).tobytes()


def test_a_fresh_process_predicts_the_same_bits_from_what_was_pickled(tmp_path: Path) -> None:
    models = {case: fitted(*case) for case in CASES}
    later = sample("regression", 40, seed=1)
    (tmp_path / "models").write_bytes(pickle.dumps((models, later.rows, later.order)))
    script = (
        "import pathlib, pickle, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "models, rows, order = pickle.loads((folder / 'models').read_bytes())\n"
        "answers = {case: model.predict(rows, order) for case, model in models.items()}\n"
        "(folder / 'answers').write_bytes(pickle.dumps(answers))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=120)
    answers = pickle.loads((tmp_path / "answers").read_bytes())
    for case, model in models.items():
        assert answers[case].tobytes() == asked(model, later).tobytes(), case


# --- what is refused ---------------------------------------------------------------------------


def test_rows_that_cannot_be_learnt_are_refused_in_one_line() -> None:
    rows = sample("regression")
    linear = options("linear")
    rows.rows[3, 1] = np.nan
    with pytest.raises(TrainingError, match=r"feature columns \[1\] of 500 rows"):
        fit(linear, rows, "regression")
    with pytest.raises(TrainingError, match="A binary label holds 2; allowed: 0, 1"):
        fit(linear, Sample(np.ones((3, 1)), np.array([0.0, 1.0, 2.0])), "binary")
    with pytest.raises(TrainingError, match="regression label holds inf; allowed: finite numbers"):
        fit(linear, Sample(np.ones((2, 1)), np.array([0.0, np.inf])), "regression")
    with pytest.raises(TrainingError, match="None of 2 rows has a known label"):
        fit(linear, Sample(np.ones((2, 1)), np.full(2, np.nan)), "regression")
    with pytest.raises(TrainingError, match="must belong to the same rows"):
        Sample(np.ones((3, 1)), np.ones(2))
    with pytest.raises(TrainingError, match=r"shape \(2, 3\) cannot be predicted: 4 columns"):
        fitted("linear", "regression").predict(np.ones((2, 3)))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_target_are_not_learnt_from(kind: Kind) -> None:
    rows = sample(kind)
    target = rows.target.copy()
    target[::2] = np.nan
    gaps = Sample(rows.rows, target, None, rows.order)
    half = rows.part(np.arange(1, 500, 2))
    answers = [asked(fit(options("linear"), each, kind), rows) for each in (gaps, half)]
    assert answers[0].tobytes() == answers[1].tobytes()


def test_stopping_rows_of_a_class_that_was_not_learnt_are_left_out() -> None:
    rows, later = sample("three_class"), sample("three_class", seed=2)
    few = rows.part(rows.target != 0)
    got, expected = (
        fit(options("lightgbm"), few, "three_class", stopping=stop, early_stopping_rounds=5)
        for stop in (later, later.part(later.target != 0))
    )
    assert asked(got, later).tobytes() == asked(expected, later).tobytes()


# --- settings ----------------------------------------------------------------------------------

ADAPTER: TypeAdapter[LearnerOptions] = TypeAdapter(LearnerOptions)


@pytest.mark.parametrize("name", [*LEARNER_OPTIONS, *PRESETS])
def test_a_name_alone_stands_for_a_learner_or_a_preset(name: str) -> None:
    chosen = ADAPTER.validate_python(name)
    assert column_name(chosen) == name
    assert ADAPTER.validate_python(chosen.model_dump()) == chosen
    assert ADAPTER.validate_json(chosen.model_dump_json()) == chosen


@pytest.mark.parametrize("learner", LEARNER_OPTIONS)
def test_unknown_options_are_refused_and_each_one_is_described(learner: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        ADAPTER.validate_python({"learner": learner, "depht": 3})
    for field, about in LEARNER_OPTIONS[learner].model_fields.items():
        assert about.description or field == "learner", field


def test_unknown_learners_and_unsuitable_names_are_refused() -> None:
    with pytest.raises(ValidationError, match="tag 'forrest' found using 'learner' does not match"):
        ADAPTER.validate_python("forrest")
    for name in ("", "a-b", "&x", "9", "a" * 41, "Upper"):
        with pytest.raises(ValidationError, match="name"):
            ADAPTER.validate_python({"learner": "linear", "name": name})
    assert column_name(ADAPTER.validate_python({"learner": "linear", "name": "lc"})) == "lc"
