"""The bundle of a window: who speaks for a row, what the score means, and that bits repeat."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqai_regimes import experts as experts_module
from freqai_regimes.errors import RegimesError, TrainingError
from freqai_regimes.experts import (
    EXPERT_CODES,
    MINIMUM_TRAIN_ROWS,
    ExpertDecision,
    RegimeExperts,
    _row_weight,
    fit_experts,
)
from freqai_regimes.labels.sample_weight import age_decay, average_uniqueness
from freqai_regimes.settings import ExpertSettings
from freqai_regimes.splits import PurgedSplit, purged_split

NAN = float("nan")
HORIZON = 4
#: More and looser trees than the defaults, so that small windows are enough for the tests.
PARAMETERS = {"n_estimators": 40, "min_child_samples": 10, "learning_rate": 0.1}

Window = dict[str, Any]


def window(rows: int = 1000, seed: int = 0, bear_rows: int | None = None) -> Window:
    """Rows whose label follows the first feature in bull, and its opposite in bear markets."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["b", "a", "c"])
    regime = pd.Series(rng.choice([1.0, 0.0, -1.0, NAN], rows, p=[0.4, 0.25, 0.3, 0.05]))
    if bear_rows is not None:
        bears = np.flatnonzero(regime == -1)
        regime.iloc[bears[bear_rows:]] = 1.0
    date = pd.Series(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"))
    label = features["b"] * regime.fillna(0.0) + rng.normal(0, 0.3, rows)
    known_at = date + pd.Timedelta(hours=HORIZON + 1)
    return {
        "features": features,
        "label": label,
        "regime": regime,
        "date": date,
        "known_at": known_at,
    }


def bulls() -> Window:
    """All rows in one regime, and the label is the first feature."""
    data = window()
    return data | {"regime": pd.Series(1.0, range(1000)), "label": data["features"]["b"]}


def fit(data: Window, parameters: dict[str, Any] | None = None, **changes: Any) -> RegimeExperts:
    settings = ExpertSettings.model_validate({"minimum_rows": 100, **changes})
    return fit_experts(
        **data,
        settings=settings,
        parameters=PARAMETERS if parameters is None else parameters,
        package_version="1.2.3",
    )


@pytest.fixture(scope="module")
def bundle() -> RegimeExperts:
    return fit(window())


@pytest.fixture(scope="module")
def fresh() -> Window:
    return window(400, seed=1)


def asked(bundle: RegimeExperts, data: Window, regime: Any = None) -> pd.DataFrame:
    state = data["regime"] if regime is None else pd.Series(float(regime), data["regime"].index)
    return bundle.predict(data["features"], state)


# --- who speaks ----------------------------------------------------------------------------------


def test_each_row_is_answered_by_the_expert_of_its_own_regime(
    bundle: RegimeExperts, fresh: Window
) -> None:
    got, state = asked(bundle, fresh), fresh["regime"].to_numpy()
    numbers = fresh["features"].to_numpy()
    assert EXPERT_CODES == {None: 0, 1: 1, 0: 2, -1: 3}
    for code, who in ((1, 1), (0, 2), (-1, 3)):
        mine = state == code
        assert (got["expert"][mine] == who).all() and mine.sum() > 50
        assert (got["prediction"][mine] == bundle.experts[code].predict(numbers[mine])).all()
        assert (got["prediction"][mine] != got["pooled"][mine]).any()
    assert (got["pooled"] == bundle.pooled.predict(numbers)).all()


def test_an_unknown_regime_is_answered_by_the_pooled_model(
    bundle: RegimeExperts, fresh: Window
) -> None:
    for regime in (NAN, 7.0):
        got = asked(bundle, fresh, regime)
        assert (got["expert"] == 0).all() and (got["prediction"] == got["pooled"]).all()


def test_a_row_does_not_depend_on_the_rows_beside_it(bundle: RegimeExperts, fresh: Window) -> None:
    whole = asked(bundle, fresh)
    order = np.random.default_rng(3).permutation(len(whole))[:50]
    some = bundle.predict(fresh["features"].iloc[order], fresh["regime"].iloc[order])
    expected = whole.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected, check_exact=True)


def test_experts_learn_what_the_pooled_model_cannot(bundle: RegimeExperts, fresh: Window) -> None:
    """The signal turns its sign with the regime."""
    got, first = asked(bundle, fresh), fresh["features"]["b"]
    bull, bear = (fresh["regime"] == code for code in (1, -1))
    assert np.corrcoef(got["prediction"][bull], first[bull])[0, 1] > 0.9
    assert np.corrcoef(got["prediction"][bear], first[bear])[0, 1] < -0.9
    assert np.corrcoef(got["pooled"], first * fresh["regime"].fillna(0))[0, 1] < 0.5


def test_too_few_rows_of_a_regime_leave_it_to_the_pooled_model_and_say_so(fresh: Window) -> None:
    data = window(bear_rows=150)
    assert (data["regime"].iloc[:795] == -1).sum() == 150  # all of them train
    for minimum, used in ((150, True), (151, False)):
        bundle = fit(data, minimum_rows=minimum)
        reason = "150 rows" if used else "150 rows, 151 needed: pooled model"
        assert bundle.report.experts["bear"] == ExpertDecision(150, used, reason)
        assert (-1 in bundle.experts) == used
        got = asked(bundle, fresh, -1.0)
        assert (got["expert"] == (3 if used else 0)).all()
        assert (got["prediction"] == got["pooled"]).all() != used
        assert bundle.report.experts["bull"].used and 1 in bundle.experts


def test_no_expert_at_all_is_the_pooled_model(fresh: Window) -> None:
    bundle = fit(window(), minimum_rows=5000)
    assert bundle.experts == {}
    assert [decision.used for decision in bundle.report.experts.values()] == [False] * 3
    assert list(bundle.report.experts) == ["bull", "sideways", "bear"]
    got = asked(bundle, fresh)
    assert (got["prediction"] == got["pooled"]).all() and (got["expert"] == 0).all()


# --- the purge, and what is fitted on ------------------------------------------------------------


def test_the_report_counts_the_rows_by_hand(bundle: RegimeExperts) -> None:
    """200 of 1000 rows validate; a label of row t is known at t + 5, which must come before."""
    report, data = bundle.report, window()
    assert (report.validation_rows, report.train_rows, report.purged_rows) == (200, 795, 5)
    assert report.trained_from == data["date"].iloc[0]
    assert report.trained_until == data["date"].iloc[-1]
    for name, code in (("bull", 1), ("sideways", 0), ("bear", -1)):
        assert report.experts[name].rows == (data["regime"].iloc[:795] == code).sum()
    assert bundle.package_version == "1.2.3" and bundle.feature_names == ("b", "a", "c")


def changed_from(row: int) -> Window:
    data = window()
    label = data["label"].copy()
    label.iloc[row:] = np.random.default_rng(9).normal(0, 5, len(label) - row)
    return data | {"label": label}


def test_no_model_is_fitted_on_purged_or_validation_labels(
    bundle: RegimeExperts, fresh: Window
) -> None:
    got = asked(fit(changed_from(795)), fresh)
    pd.testing.assert_frame_equal(got, asked(bundle, fresh), check_exact=True)
    for column in ("prediction", "pooled"):
        assert (asked(fit(changed_from(790)), fresh)[column] != got[column]).any()


def test_a_split_without_purge_is_caught_by_the_same_check(
    bundle: RegimeExperts, fresh: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_purge(date: pd.Series, known_at: pd.Series, fraction: float) -> PurgedSplit:
        return PurgedSplit(np.arange(800), np.arange(800, 1000), 0)

    monkeypatch.setattr(experts_module, "purged_split", without_purge)
    with pytest.raises(AssertionError):
        test_no_model_is_fitted_on_purged_or_validation_labels(bundle, fresh)


def test_validation_rows_stop_the_trees_only_if_asked_to(fresh: Window) -> None:
    many = PARAMETERS | {"n_estimators": 300}
    kept, stopped = (fit(window(), many, early_stopping_rounds=n) for n in (0, 5))
    assert kept.pooled.booster.best_iteration <= 0
    assert 0 < stopped.pooled.booster.best_iteration < 300
    assert all(0 < model.booster.best_iteration <= 300 for model in stopped.experts.values())


# --- the score -----------------------------------------------------------------------------------


def test_the_score_rises_with_the_prediction_and_stays_in_its_range(
    bundle: RegimeExperts, fresh: Window
) -> None:
    got = asked(bundle, fresh).sort_values("prediction")
    assert got["score"].between(-1, 1).all()
    assert (np.diff(got["score"]) >= 0).all() and got["score"].nunique() > 100


def test_the_score_is_full_beyond_what_validation_saw_and_only_there(bundle: RegimeExperts) -> None:
    validation = {name: values.iloc[800:] for name, values in window().items()}
    seen, got = asked(bundle, validation)["prediction"], asked(bundle, window(3000, seed=1))
    for full, beyond in (
        (1.0, got["prediction"] >= seen.max()),
        (-1.0, got["prediction"] <= seen.min()),
    ):
        assert beyond.any() and ((got["score"] == full) == beyond).all()


def test_the_score_is_the_rank_among_the_validation_predictions(bundle: RegimeExperts) -> None:
    data = window()
    validation = {name: values.iloc[800:] for name, values in data.items()}
    got = asked(bundle, validation)
    ranks = (stats.rankdata(got["prediction"]) - 1) / (len(got) - 1)
    assert np.abs(got["score"] - (2 * ranks - 1)).max() < 0.02
    assert abs(got["score"].mean()) < 0.01


def test_a_model_that_knows_nothing_scores_zero(fresh: Window) -> None:
    """A constant is the lowest, the highest and the middle of its own kind: no veto, no tilt."""
    bundle = fit(window(), {"min_child_samples": 5000}, minimum_rows=5000)
    got = asked(bundle, fresh)
    assert got["prediction"].nunique() == 1
    assert set(got["score"]) == {0.0}
    assert np.isnan(bundle.report.validation_rank_correlation)
    assert bundle.importance().tolist() == [0.0, 0.0, 0.0]


def test_ties_score_their_mean_rank() -> None:
    """One tree of two leaves: the lower share p of rows ranks 0 to p, the upper p to 1."""
    stump = {"n_estimators": 1, "num_leaves": 2, "colsample_bytree": 1.0}
    data = bulls()
    bundle = fit(data, stump, minimum_rows=5000)
    got = asked(bundle, {name: values.iloc[800:] for name, values in data.items()})
    low, high = sorted(set(got["score"]))
    share = (got["score"] == low).mean()
    assert 0.2 < share < 0.8
    assert low == pytest.approx(share - 1, abs=0.02) and high == pytest.approx(share, abs=0.02)


def test_the_validation_rank_correlation_is_that_of_scipy(bundle: RegimeExperts) -> None:
    data = window()
    validation = {name: values.iloc[800:] for name, values in data.items()}
    expected = stats.spearmanr(asked(bundle, validation)["prediction"], validation["label"])
    got = bundle.report.validation_rank_correlation
    assert got == pytest.approx(expected.statistic, abs=1e-12) and got > 0.5


# --- names, bits, refusals -----------------------------------------------------------------------


def test_features_are_found_by_name(bundle: RegimeExperts, fresh: Window) -> None:
    mixed = fresh["features"][["c", "b", "a"]].assign(other=1.0)
    got = bundle.predict(mixed, fresh["regime"])
    pd.testing.assert_frame_equal(got, asked(bundle, fresh), check_exact=True)
    with pytest.raises(KeyError, match="a"):
        bundle.predict(mixed.drop(columns="a"), fresh["regime"])


def test_importance_is_by_name_and_shares_one() -> None:
    shares = fit(bulls()).importance()
    assert sorted(shares.index) == ["a", "b", "c"] and shares.sum() == pytest.approx(1)
    assert shares.index[0] == "b" and shares["b"] > 0.9 and (np.diff(shares) <= 0).all()


def test_the_same_rows_twice_give_the_same_bits(bundle: RegimeExperts, fresh: Window) -> None:
    again = fit(window())
    pd.testing.assert_frame_equal(asked(again, fresh), asked(bundle, fresh), check_exact=True)
    assert again.report == bundle.report


def test_the_rows_given_are_not_touched(fresh: Window) -> None:
    data = window()
    before = {name: values.copy() for name, values in data.items()}
    asked(fit(data), data)
    for name, values in before.items():
        if isinstance(values, pd.DataFrame):
            pd.testing.assert_frame_equal(data[name], values, check_exact=True)
        else:
            pd.testing.assert_series_equal(data[name], values, check_exact=True)


@pytest.mark.parametrize("early_stopping_rounds", [0, 5])
def test_a_fresh_process_gives_the_same_bits(
    tmp_path: Path, fresh: Window, early_stopping_rounds: int
) -> None:
    bundle = fit(window(), early_stopping_rounds=early_stopping_rounds)
    (tmp_path / "bundle").write_bytes(pickle.dumps((bundle, fresh)))
    script = (
        "import pathlib, pickle, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "bundle, fresh = pickle.loads((folder / 'bundle').read_bytes())\n"
        "answer = bundle.predict(fresh['features'], fresh['regime'])\n"
        "(folder / 'answer').write_bytes(pickle.dumps((answer, bundle.report)))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    answer, report = pickle.loads((tmp_path / "answer").read_bytes())
    pd.testing.assert_frame_equal(answer, asked(bundle, fresh), check_exact=True)
    assert report == bundle.report


def test_an_answer_has_one_row_for_each_asked_even_none(
    bundle: RegimeExperts, fresh: Window
) -> None:
    for rows in (0, 1):
        got = bundle.predict(fresh["features"].iloc[:rows], fresh["regime"].iloc[:rows])
        assert list(got) == ["prediction", "pooled", "expert", "score"] and len(got) == rows
    later = {name: values.iloc[100:] for name, values in fresh.items()}
    assert asked(bundle, later).index.tolist() == list(range(300))


def cut(rows: int) -> Window:
    return {name: values.iloc[:rows] for name, values in window().items()}


@pytest.mark.parametrize(
    ("rows", "fraction", "train", "validation"),
    [
        (1, 0.2, 1, 0),
        (100, 0.2, 75, 20),
        (130, 0.2, 99, 26),
        (1000, 0.0001, 1000, 0),
        (300, 0.89, 28, 267),
    ],
)
def test_too_few_rows_are_refused_with_what_to_do(
    rows: int, fraction: float, train: int, validation: int
) -> None:
    with pytest.raises(TrainingError) as error:
        fit(cut(rows), validation_fraction=fraction)
    assert isinstance(error.value, RegimesError) and MINIMUM_TRAIN_ROWS == 100
    assert str(error.value) == (
        f"{train} rows to train on and {validation} to validate, of {rows}; at least 100 are "
        "needed. Load more history before the range, or raise train_period_days."
    )


def test_just_enough_rows_are_fitted() -> None:
    assert fit(cut(131)).report.train_rows == 100


def test_no_rows_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"^0 rows to train on and 0 to validate, of 0;"):
        fit(cut(0))


def test_labels_that_are_all_known_too_late_are_refused() -> None:
    data = window()
    data["known_at"] = data["date"].iloc[[-1] * 1000].set_axis(data["date"].index)
    with pytest.raises(TrainingError, match=r"^0 rows to train on and 200 to validate, of 1000;"):
        fit(data)


# --- how much a row counts -----------------------------------------------------------------------


def turned(rows: int = 1000) -> Window:
    """A market in which what ``b`` means turned around at two thirds of the window."""
    data = bulls()
    early = np.arange(rows) < rows * 2 // 3
    return data | {"label": data["features"]["b"] * np.where(early, -1.0, 1.0)}


def test_old_rows_can_count_less() -> None:
    """With equal weights the older, longer past wins; with a short half-life the newer one does."""
    data = turned()
    rows = data["features"].iloc[-100:]
    regime = data["regime"].iloc[-100:]
    equal = fit(data).predict(rows, regime)["pooled"]
    recent = fit(data, weight_half_life_days=3).predict(rows, regime)["pooled"]
    expected = data["label"].iloc[-100:]
    assert np.corrcoef(equal, expected)[0, 1] < 0 < np.corrcoef(recent, expected)[0, 1]


def test_weights_are_those_of_the_training_rows_alone() -> None:
    data = bulls()
    split = purged_split(data["date"], data["known_at"], 0.2)
    dates, known = (data[name].iloc[split.train] for name in ("date", "known_at"))
    weight = _row_weight(
        dates, known, ExpertSettings(weight_by_uniqueness=True, weight_half_life_days=10)
    )
    expected = average_uniqueness(dates, known) * age_decay(dates, 10)
    assert np.allclose(weight, expected / expected.mean())
    assert np.allclose(_row_weight(dates, known, ExpertSettings()), 1.0)
    halved = _row_weight(dates, known, ExpertSettings(weight_half_life_days=1))
    assert halved[-25] / halved[-1] == pytest.approx(0.5)
    assert halved.mean() == pytest.approx(1.0)


def test_uniqueness_changes_the_fit() -> None:
    data = window()
    one, other = fit(data), fit(data, weight_by_uniqueness=True)
    rows, regime = data["features"], data["regime"]
    assert not one.predict(rows, regime).equals(other.predict(rows, regime))
