"""The bundle of a window: who speaks for a row, what is fitted on what, and that bits repeat."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqai_regimes.errors import RegimesError, TrainingError
from freqai_regimes.experts import (
    EXPERT_CODES,
    MINIMUM_TRAIN_ROWS,
    Asked,
    RegimeExperts,
    Target,
    Window,
)
from freqai_regimes.experts import fit as fit_module
from freqai_regimes.experts.fit import with_parameters
from freqai_regimes.experts.problem import Problem
from freqai_regimes.experts.regime_models import Experts
from freqai_regimes.experts.window import row_weight
from freqai_regimes.labels.sample_weight import age_decay, average_uniqueness
from freqai_regimes.learners import gradient_boosting
from freqai_regimes.learners.expert_settings import ExpertSettings
from freqai_regimes.splits import PurgedSplit, purged_split
from tests.experts.window import NAN, PARAMETERS, asked, bulls, fit, relabelled, window

COLUMNS = ["prediction", "pooled", "expert", "score", "lower", "upper", "probability"]


@pytest.fixture(scope="module")
def bundle() -> RegimeExperts:
    return fit(window())


@pytest.fixture(scope="module")
def fresh() -> Window:
    return window(400, seed=1)


def label(data: Window) -> pd.Series:
    return data.main.values


# --- who speaks ----------------------------------------------------------------------------------


def test_each_row_is_moved_by_the_expert_of_its_own_regime(
    bundle: RegimeExperts, fresh: Window
) -> None:
    got, state = asked(bundle, fresh), fresh.regime.to_numpy()
    assert EXPERT_CODES == {None: 0, 1: 1, 0: 2, -1: 3}
    for name, code, who in (("bull", 1, 1), ("sideways", 0, 2), ("bear", -1, 3)):
        mine = state == code
        decision = bundle.report.experts[name]
        assert decision.used == (decision.weight > 0)
        assert (got["expert"][mine] == (who if decision.used else 0)).all() and mine.sum() > 50
        assert (got["prediction"][mine] != got["pooled"][mine]).any() == decision.used
    assert bundle.report.experts["bull"].used and bundle.report.experts["bear"].used


def test_an_unknown_regime_is_answered_by_the_pooled_model(
    bundle: RegimeExperts, fresh: Window
) -> None:
    for regime in (NAN, 7.0):
        got = asked(bundle, fresh, regime)
        assert (got["expert"] == 0).all() and (got["prediction"] == got["pooled"]).all()


def test_a_row_does_not_depend_on_the_rows_beside_it(bundle: RegimeExperts, fresh: Window) -> None:
    whole = asked(bundle, fresh)
    order = np.random.default_rng(3).permutation(len(whole))[:50]
    some = bundle.predict(Asked(fresh.features.iloc[order], fresh.regime.iloc[order]))
    expected = whole.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected, check_exact=True)


def test_experts_learn_what_the_pooled_model_cannot(bundle: RegimeExperts, fresh: Window) -> None:
    """The signal turns its sign with the regime."""
    got, first = asked(bundle, fresh), fresh.features["b"]
    bull, bear = (fresh.regime == code for code in (1, -1))
    assert np.corrcoef(got["prediction"][bull], first[bull])[0, 1] > 0.9
    assert np.corrcoef(got["prediction"][bear], first[bear])[0, 1] < -0.9
    assert np.corrcoef(got["pooled"], first * fresh.regime.fillna(0))[0, 1] < 0.5
    for name in ("bull", "bear"):
        assert bundle.report.experts[name].weight > 0.8 and bundle.report.experts[name].gain > 0.3


@pytest.mark.parametrize("noise", [1.0, 3.0])
def test_where_regimes_do_not_matter_the_pooled_model_speaks(noise: float) -> None:
    weights = [
        decision.weight
        for seed in range(8)
        for decision in fit(window(seed=seed, by_regime=False, noise=noise)).report.experts.values()
    ]
    assert len(weights) == 24 and np.mean(weights) < 0.1


def test_a_starved_regime_is_left_to_the_pooled_model_and_says_so(fresh: Window) -> None:
    data = window(bear_rows=150)
    assert (data.regime.iloc[:795] == -1).sum() == 150  # all of them train
    for minimum, tried in ((150, True), (151, False)):
        decision = fit(data, minimum_rows=minimum).report.experts["bear"]
        assert decision.rows == 150 and decision.used == tried
        assert (decision.reason == "150 rows, 151 needed: pooled model") != tried
    few = fit(data, minimum_effective_rows=1000)
    assert asked(few, fresh).eval("prediction == pooled").all()
    assert [one.reason for one in few.report.experts.values()] == [
        f"{one.rows} rows with labels that amount to {one.effective_rows:.0f} apart, 1000 needed: "
        "pooled model"
        for one in few.report.experts.values()
    ]


def test_effective_rows_are_the_labels_that_do_not_overlap() -> None:
    """795 training rows of one regime, each label alive for 5 candles."""
    assert fit(bulls()).report.experts["bull"].effective_rows == pytest.approx(795 / 5, rel=0.02)


def test_experts_are_given_up_where_none_has_helped_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where one helps; then the last fold is fitted with the pooled model alone."""
    tried: list[int] = []
    honest = Problem.fit_experts

    def counted(self: Problem, rows: Any, codes: list[int], pooled: Any) -> Experts:
        tried.append(len(codes))
        return honest(self, rows, codes, pooled)

    monkeypatch.setattr(Problem, "fit_experts", counted)
    fit(window(), folds=4)
    assert tried == [3, 3, 3, 3, 3]
    tried.clear()
    # Within a regime the label follows what the pooled model sees: experts fit the noise it left.
    given_up = fit(window(seed=7, by_regime=False, noise=3.0), folds=4)
    assert tried == [3, 3, 0, 0, 0]
    assert all(one.weight == 0 for one in given_up.report.experts.values())


# --- blending ------------------------------------------------------------------------------------


def blended(bundle: RegimeExperts, data: Window, shares: list[float]) -> pd.DataFrame:
    rows = np.tile(shares, (len(data.date), 1))
    return bundle.predict(Asked(data.features, data.regime, rows))


def test_certain_probabilities_are_hard_routing_and_others_lie_between(
    bundle: RegimeExperts, fresh: Window
) -> None:
    """Columns of probabilities: bull, sideways, bear."""
    bull, bear = (asked(bundle, fresh, code)["prediction"] for code in (1, -1))
    assert (blended(bundle, fresh, [1, 0, 0])["prediction"] == bull).all()
    assert (blended(bundle, fresh, [0, 0, 1])["prediction"] == bear).all()
    mixed = blended(bundle, fresh, [0.75, 0.0, 0.25])
    assert np.allclose(mixed["prediction"], 0.75 * bull + 0.25 * bear)
    assert set(mixed["expert"]) == {1} and set(blended(bundle, fresh, [0.1, 0, 0.9])["expert"]) == {
        3
    }


def test_missing_probabilities_fall_back_to_the_regime_and_then_to_the_pooled_model(
    bundle: RegimeExperts, fresh: Window
) -> None:
    hard = asked(bundle, fresh)
    pd.testing.assert_frame_equal(blended(bundle, fresh, [NAN, 0.5, 0.5]), hard, check_exact=True)
    assert (hard["prediction"] == hard["pooled"])[fresh.regime.isna()].all()


def test_hard_routing_looks_at_the_regime_alone(fresh: Window) -> None:
    bundle = fit(window(), routing="hard")
    got = blended(bundle, fresh, [0.5, 0.5, 0.0])
    pd.testing.assert_frame_equal(got, asked(bundle, fresh), check_exact=True)


# --- the purge, and what is fitted on ------------------------------------------------------------


def test_the_report_counts_the_rows_by_hand(bundle: RegimeExperts) -> None:
    """200 of 1000 rows validate; a label of row t is known at t + 5, which must come before."""
    report, data = bundle.report, window()
    assert (report.validation_rows, report.train_rows, report.purged_rows) == (200, 795, 5)
    assert report.trained_from == data.date.iloc[0]
    assert report.trained_until == data.date.iloc[-1]
    for name, code in (("bull", 1), ("sideways", 0), ("bear", -1)):
        assert report.experts[name].rows == (data.regime.iloc[:795] == code).sum()
    assert bundle.package_version == "1.2.3" and bundle.feature_names == ("b", "a", "c")
    assert set(report.libraries) >= {"lightgbm", "numpy"}


def changed_from(row: int) -> Window:
    data = window()
    values = label(data).copy()
    values.iloc[row:] = np.random.default_rng(9).normal(0, 5, len(values) - row)
    return relabelled(data, values=values)


FITTED = ["prediction", "pooled", "expert", "score"]


def test_no_model_no_weight_and_no_score_comes_from_purged_or_validation_labels(
    bundle: RegimeExperts, fresh: Window
) -> None:
    got = asked(fit(changed_from(795)), fresh)[FITTED]
    pd.testing.assert_frame_equal(got, asked(bundle, fresh)[FITTED], check_exact=True)
    for column in ("prediction", "pooled", "score"):
        assert (asked(fit(changed_from(790)), fresh)[column] != got[column]).any()


def test_a_split_without_purge_is_caught_by_the_same_check(
    bundle: RegimeExperts, fresh: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_purge(date: pd.Series, known_at: pd.Series, fraction: float) -> PurgedSplit:
        return PurgedSplit(np.arange(800), np.arange(800, 1000), 0)

    def whole(self: Any, target: Target) -> Any:
        return np.arange(800)

    monkeypatch.setattr(fit_module, "purged_split", without_purge)
    monkeypatch.setattr(fit_module._Parts, "train", whole)
    with pytest.raises(AssertionError):
        test_no_model_no_weight_and_no_score_comes_from_purged_or_validation_labels(bundle, fresh)


def test_stopping_rows_are_training_rows_and_end_the_trees(fresh: Window) -> None:
    many = PARAMETERS | {"n_estimators": 300}
    kept, stopped = (fit(window(), many, early_stopping_rounds=n) for n in (0, 5))
    trees = [one.pooled.pooled.model.booster.best_iteration for one in (kept, stopped)]  # type: ignore[attr-defined]
    assert trees[0] <= 0 < trees[1] < 300
    again = fit(changed_from(795), many, early_stopping_rounds=5)
    pd.testing.assert_frame_equal(
        asked(again, fresh)[FITTED], asked(stopped, fresh)[FITTED], check_exact=True
    )


# --- several labels and learners -----------------------------------------------------------------


def with_labels(data: Window) -> Window:
    """The main label, whether it rose, and its sign in three classes with one class late."""
    main = data.main
    rose = (main.values > 0).astype(float)
    side = np.sign(main.values).where(main.values.abs() > 0.5, 0.0)
    late = data.date + pd.Timedelta(hours=30)
    further = (
        Target("rose", "binary", rose, main.known_at),
        Target("side", "three_class", side, late),
    )
    return replace(data, targets=(main, *further))


LEARNERS = {"learners": ["lightgbm", {"learner": "linear", "name": "ridge"}]}


@pytest.fixture(scope="module")
def grid() -> RegimeExperts:
    return fit(with_labels(window()), settings=LEARNERS)


def test_every_label_is_learnt_by_every_learner(grid: RegimeExperts, fresh: Window) -> None:
    names = [
        "gain_ridge", "rose_lightgbm", "rose_ridge", "side_lightgbm", "side_ridge",
    ]  # fmt: skip
    got = asked(grid, fresh)
    assert list(got) == [*COLUMNS, *names] and [name for _, name in grid.further] == names
    for name in names:
        truth = label(fresh)[fresh.regime.abs() == 1]
        assert stats.spearmanr(got[name][truth.index], truth).statistic > 0.6, name
    assert got[["rose_lightgbm", "rose_ridge"]].stack().between(-1, 2).all()
    reports = grid.report.models
    assert [(one.label, one.learner) for one in reports[:2]] == [
        ("gain", "lightgbm"), ("gain", "ridge"),
    ]  # fmt: skip
    assert all(set(one.experts) == {"bull", "sideways", "bear"} for one in reports)
    assert [one.share for one in reports] == [1.0, 0, 0, 0, 0, 0]
    assert all(one.error < 0.9 and one.rank_correlation > 0.3 for one in reports)


def test_the_main_prediction_does_not_hang_on_what_else_is_learnt(
    grid: RegimeExperts, bundle: RegimeExperts, fresh: Window
) -> None:
    pd.testing.assert_frame_equal(asked(grid, fresh)[COLUMNS], asked(bundle, fresh)[COLUMNS])


def test_a_label_known_later_gives_fewer_training_rows() -> None:
    """30 candles late: of the 800 rows before validation, those from 770 on are purged."""
    data = with_labels(window())
    known = fit(data).report.models[-1].experts
    assert sum(one.rows for one in known.values()) == (data.regime.iloc[:770].notna()).sum()


def test_a_class_that_a_window_never_saw_keeps_its_place(fresh: Window) -> None:
    data = window()
    side = np.sign(label(data)).where(label(data).abs() > 0.5, 0.0).clip(lower=0.0)
    bundle = fit(relabelled(data, values=side, kind="three_class"))
    got = asked(bundle, fresh)
    assert got["prediction"].between(0, 1).all()
    up = label(fresh)[fresh.regime.abs() == 1] > 0.5
    assert got["prediction"][up.index][up].mean() > 2 * got["prediction"][up.index][~up].mean()
    assert got[["lower", "upper"]].isna().all(axis=None) and got["probability"].between(0, 1).all()


def test_a_stack_is_the_sum_of_its_learners_by_their_weights(fresh: Window) -> None:
    bundle = fit(window(), settings=LEARNERS, stacking=True)
    got, weights = asked(bundle, fresh), [one.share for one in bundle.report.models]
    assert min(weights) >= 0 and sum(weights) > 0.5 and bundle.stacker is not None
    names = [name for _, name in bundle.further]
    assert names == ["gain_lightgbm", "gain_ridge"]
    said = sum(weight * got[name] for weight, name in zip(weights, names, strict=True))
    assert np.allclose(got["prediction"], said + float(bundle.stacker.constant))


def test_freqais_parameters_reach_lightgbm_but_not_what_its_own_options_name() -> None:
    options = gradient_boosting.Options(learner="lightgbm", num_leaves=5)
    got = with_parameters(options, {"num_leaves": 31, "n_estimators": 7})
    assert got.parameters == {"n_estimators": 7} and got.num_leaves == 5  # type: ignore[union-attr]


# --- how sure it is ------------------------------------------------------------------------------


def test_intervals_and_probabilities_hold_on_fresh_rows(bundle: RegimeExperts) -> None:
    later = window(4000, seed=5)
    got, came = asked(bundle, later), label(later)
    inside = ((came >= got["lower"]) & (came <= got["upper"])).mean()
    assert abs(inside - 0.8) < 0.06
    assert (got["upper"] - got["lower"]).std() < 1e-9  # nothing widens them here
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        chosen = got["probability"].between(low, high)
        assert abs((came > 0)[chosen].mean() - got["probability"][chosen].mean()) < 0.15
    held = bundle.report.held
    assert held is not None and held.stated_coverage == 0.8 and abs(held.coverage - 0.8) < 0.15
    assert held.calibration_error < 0.2 and held.brier_score < 0.25


def test_intervals_can_be_as_wide_as_volatility_or_as_expected_errors(fresh: Window) -> None:
    quiet = (np.arange(1000) % 2).astype(float)
    data = window()
    noise = np.random.default_rng(3).normal(0, 1, 1000) * (0.2 + quiet)
    data = relabelled(
        data,
        features=data.features.assign(c=quiet),
        values=label(data) + noise,
        volatility=pd.Series(0.2 + quiet),
    )
    rows = replace(data, features=data.features.iloc[:400])
    for scale in ("volatility", "residuals"):
        bundle = fit(data, settings={"intervals": {"scale": scale}})
        got = bundle.predict(
            Asked(rows.features, data.regime[:400], volatility=data.volatility[:400])  # type: ignore[index]
        )
        width = got["upper"] - got["lower"]
        assert width[quiet[:400] == 1].mean() > 1.5 * width[quiet[:400] == 0].mean(), scale


def test_the_validation_rank_correlation_is_that_of_scipy(bundle: RegimeExperts) -> None:
    validation = window().part(np.arange(800, 1000))
    expected = stats.spearmanr(asked(bundle, validation)["prediction"], label(validation))
    got = bundle.report.validation_rank_correlation
    assert got == pytest.approx(expected.statistic, abs=1e-12) and got > 0.5
    assert bundle.report.models[0].rank_correlation == got


def test_a_model_that_knows_nothing_scores_zero(fresh: Window) -> None:
    """A constant is the lowest, the highest and the middle of its own kind: no veto, no tilt."""
    bundle = fit(window(), {"min_child_samples": 5000}, minimum_rows=5000, folds=2)
    got = asked(bundle, fresh)
    assert got["prediction"].nunique() == 1
    assert got["score"].abs().max() <= 1.0 and got["score"].nunique() <= 4
    assert np.isnan(bundle.report.validation_rank_correlation)
    assert bundle.importance().tolist() == [0.0, 0.0, 0.0]


# --- names, bits, refusals -----------------------------------------------------------------------


def test_features_are_found_by_name(bundle: RegimeExperts, fresh: Window) -> None:
    mixed = fresh.features[["c", "b", "a"]].assign(other=1.0)
    got = bundle.predict(Asked(mixed, fresh.regime))
    pd.testing.assert_frame_equal(got, asked(bundle, fresh), check_exact=True)
    with pytest.raises(KeyError, match="a"):
        bundle.predict(Asked(mixed.drop(columns="a"), fresh.regime))


def test_importance_is_by_name_and_shares_one() -> None:
    shares = fit(bulls()).importance()
    assert sorted(shares.index) == ["a", "b", "c"] and shares.sum() == pytest.approx(1)
    assert shares.index[0] == "b" and shares["b"] > 0.9 and (np.diff(shares) <= 0).all()


def test_the_same_rows_twice_give_the_same_bits(bundle: RegimeExperts, fresh: Window) -> None:
    again = fit(window())
    pd.testing.assert_frame_equal(asked(again, fresh), asked(bundle, fresh), check_exact=True)
    assert again.report == bundle.report


def test_a_fresh_process_gives_the_same_bits(
    tmp_path: Path, grid: RegimeExperts, fresh: Window
) -> None:
    (tmp_path / "bundle").write_bytes(pickle.dumps((grid, Asked(fresh.features, fresh.regime))))
    script = (
        "import pathlib, pickle, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "bundle, asked = pickle.loads((folder / 'bundle').read_bytes())\n"
        "(folder / 'answer').write_bytes(pickle.dumps((bundle.predict(asked), bundle.report)))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    answer, report = pickle.loads((tmp_path / "answer").read_bytes())
    pd.testing.assert_frame_equal(answer, asked(grid, fresh), check_exact=True)
    assert report == grid.report


def test_an_answer_has_one_row_for_each_asked_even_none(
    bundle: RegimeExperts, fresh: Window
) -> None:
    for rows in (0, 1):
        got = asked(bundle, fresh.part(np.arange(rows)))
        assert list(got) == COLUMNS and len(got) == rows
    assert asked(bundle, fresh.part(np.arange(100, 400))).index.tolist() == list(range(300))


@pytest.mark.parametrize(
    ("rows", "fraction", "train", "validation"),
    [(1, 0.2, 1, 0), (100, 0.2, 75, 20), (1000, 0.0001, 1000, 0), (300, 0.89, 28, 267)],
)
def test_too_few_rows_are_refused_with_what_to_do(
    rows: int, fraction: float, train: int, validation: int
) -> None:
    with pytest.raises(TrainingError) as error:
        fit(window().part(np.arange(rows)), validation_fraction=fraction)
    assert isinstance(error.value, RegimesError) and MINIMUM_TRAIN_ROWS == 100
    assert str(error.value) == (
        f"{train} rows to train on and {validation} to validate, of {rows}; at least 100 are "
        "needed. Load more history before the range, or raise train_period_days."
    )


def test_just_enough_rows_are_fitted() -> None:
    assert fit(window().part(np.arange(131))).report.train_rows == 100


# --- how much a row counts -----------------------------------------------------------------------


def turned(rows: int = 1000) -> Window:
    """A market in which what ``b`` means turned around at two thirds of the window."""
    data = bulls()
    early = np.arange(rows) < rows * 2 // 3
    return relabelled(data, values=data.features["b"] * np.where(early, -1.0, 1.0))


def test_old_rows_can_count_less() -> None:
    """With equal weights the older, longer past wins; with a short half-life the newer one does."""
    data = turned()
    last = data.part(np.arange(900, 1000))
    equal = asked(fit(data), last)["pooled"]
    recent = asked(fit(data, weight_half_life_days=3), last)["pooled"]
    expected = label(last)
    assert np.corrcoef(equal, expected)[0, 1] < 0 < np.corrcoef(recent, expected)[0, 1]


def test_weights_are_those_of_the_training_rows_alone() -> None:
    data = bulls()
    split = purged_split(data.date, data.main.known_at, 0.2)
    dates, known = (part.iloc[split.train] for part in (data.date, data.main.known_at))
    weight = row_weight(
        dates, known, ExpertSettings(weight_by_uniqueness=True, weight_half_life_days=10)
    )
    expected = average_uniqueness(dates, known) * age_decay(dates, 10)
    assert np.allclose(weight, expected / expected.mean())
    assert np.allclose(row_weight(dates, known, ExpertSettings()), 1.0)
    halved = row_weight(dates, known, ExpertSettings(weight_half_life_days=1))
    assert halved[-25] / halved[-1] == pytest.approx(0.5)
    assert halved.mean() == pytest.approx(1.0)
