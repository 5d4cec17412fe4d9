"""Signals by hand: what the regime asks, what the model may do to it, entries, exits, words."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.settings import Settings
from freqai_regimes.signals import (
    edge_weight,
    entries,
    entry_tags,
    entry_threshold,
    exits,
    regime_weight,
    signal_exits,
    signal_weight,
)

NAN = float("nan")
SHORTING = {"bull": 1.0, "sideways": 0.0, "bear": -1.0}


def series(*values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def settings(**parts: Any) -> Settings:
    return Settings.model_validate(parts)


def weights(
    regime: list[float], volatility: list[float], score: list[float], **parts: Any
) -> list[float]:
    columns = (series(*values) for values in (regime, volatility, score))
    return regime_weight(*columns, settings(**parts)).tolist()


def edge(
    expected: list[float], regime: list[float], volatility: list[float], **parts: Any
) -> list[float]:
    columns = (series(*values) for values in (expected, regime, volatility))
    return edge_weight(*columns, settings(entry="edge", **parts)).tolist()


def grid(**parts: Any) -> tuple[pd.DataFrame, pd.Series]:
    """Every regime with many volatilities and scores, and the weight of each."""
    volatilities = [NAN, 0.0, 1e-9, 0.2, 0.4, 0.8, 5.0]
    scores = [NAN, -1.0, -0.6, -0.1, 0.0, 0.1, 0.6, 1.0]
    frame = pd.DataFrame(
        itertools.product([1.0, 0.0, -1.0, NAN], volatilities, scores),
        columns=["regime", "volatility", "score"],
    )
    columns = (frame["regime"], frame["volatility"], frame["score"])
    return frame, regime_weight(*columns, settings(**parts))


# --- weight by regime ----------------------------------------------------------------------------


def test_each_regime_has_its_own_share() -> None:
    exposure = {"bull": 0.9, "sideways": 0.25, "bear": -0.5, "target_volatility": None}
    got = weights([1, 0, -1, NAN, 2], [0.4] * 5, [NAN] * 5, exposure=exposure)
    assert got == [0.9, 0.25, -0.5, 0.0, 0.0]


def test_volatility_scales_by_hand() -> None:
    exposure = SHORTING | {"target_volatility": 0.4}
    got = weights([1, 1, -1, -1, 0], [0.8, 0.2, 1.6, 0.2, 0.2], [NAN] * 5, exposure=exposure)
    assert got == pytest.approx([0.5, 1.0, -0.25, -1.0, 0.0])


def test_what_is_unknown_has_no_weight() -> None:
    assert weights([1, 1, NAN], [NAN, 0.0, 0.4], [1.0] * 3) == [0.0, 0.0, 0.0]
    assert weights([], [], []) == []


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.0])
def test_no_weight_is_ever_above_one(tilt: float) -> None:
    for exposure in (SHORTING, {"bull": -1.0, "sideways": 1.0, "bear": 1.0}):
        _, weight = grid(exposure=exposure, model_use={"tilt": tilt})
        assert weight.notna().all() and weight.abs().max() == 1.0


def test_without_tilt_the_score_changes_nothing() -> None:
    frame, weight = grid(exposure=SHORTING)
    of_none = regime_weight(
        frame["regime"], frame["volatility"], frame["score"] * NAN, settings(exposure=SHORTING)
    )
    assert weight.tolist() == of_none.tolist()


@pytest.mark.parametrize("tilt", [0.3, 1.0])
def test_tilt_only_shrinks_and_never_turns(tilt: float) -> None:
    frame, whole = grid(exposure=SHORTING)
    _, tilted = grid(exposure=SHORTING, model_use={"tilt": tilt})
    assert (tilted.abs() <= whole.abs()).all() and (tilted * whole >= 0).all()
    against = frame["score"] * np.sign(whole) < 0
    assert (tilted[against].abs() < whole[against].abs()).all() and against.any()
    assert tilted[~against].tolist() == whole[~against].tolist()  # agreeing or no score


def test_tilt_by_hand_long_and_short() -> None:
    parts: dict[str, Any] = {"exposure": SHORTING, "model_use": {"tilt": 0.5}}
    got = weights([1, 1, -1, -1, 1], [0.4] * 5, [-1, 1, -1, 1, NAN], **parts)
    assert got == pytest.approx([0.5, 1.0, -1.0, -0.5, 1.0])
    emptied = weights([1, -1], [0.4] * 2, [-1, 1], exposure=SHORTING, model_use={"tilt": 1})
    assert [abs(weight) for weight in emptied] == [0.0, 0.0]


def test_shorts_mirror_longs() -> None:
    parts: dict[str, Any] = {"exposure": SHORTING, "model_use": {"tilt": 0.7}}
    volatility, score = [0.3, 0.5, 0.9, 0.5], [-0.4, 0.2, -1.0, NAN]
    long = weights([1] * 4, volatility, score, **parts)
    short = weights([-1] * 4, volatility, [-value for value in score], **parts)
    assert short == [-weight for weight in long]


# --- weight by predicted return ------------------------------------------------------------------


def test_the_threshold_is_fixed_or_cost_plus_margin() -> None:
    costs = {"fee": 0.001, "slippage": 0.0005}
    assert entry_threshold(settings(costs=costs)) == pytest.approx(0.003)
    assert entry_threshold(settings(costs=costs, edge={"margin": 0.002})) == pytest.approx(0.005)
    fixed = {"entry_threshold": 0.0001, "margin": 0.002}
    assert entry_threshold(settings(costs=costs, edge=fixed)) == 0.0001


def test_a_prediction_trades_only_beyond_the_threshold_and_in_its_regimes() -> None:
    rule = {"entry_threshold": 0.01, "long_regimes": ["bull"], "short_regimes": ["bear"]}
    expected = [0.02, 0.02, 0.01, -0.02, -0.02, -0.01, NAN, 0.02]
    regime = [1, 0, 1, -1, 1, -1, 1, NAN]
    assert edge(expected, regime, [0.4] * 8, edge=rule) == [1, 0, 0, -1, 0, 0, 0, 0]


def test_edge_sizes_follow_volatility_and_never_borrow() -> None:
    got = edge([1.0, -1.0, 1.0, 1.0, 1.0], [1] * 5, [0.8, 1.6, 0.01, NAN, 0.0])
    assert got == pytest.approx([0.5, -0.25, 1.0, 0.0, 0.0])
    whole = edge([1.0, -1.0], [0, 0], [9.0, NAN], exposure={"target_volatility": None})
    assert whole == [1.0, -1.0]


def test_edge_shorts_mirror_longs() -> None:
    expected, volatility = [0.001, 0.003, 0.5, NAN], [0.2, 0.5, 0.9, 0.4]
    regime = [1, 0, -1, 1]
    long = edge(expected, regime, volatility)
    short = edge([-value for value in expected], regime, volatility)
    assert short == [-weight for weight in long] and any(long)


# --- entries and exits ---------------------------------------------------------------------------


def opened(weight: list[float], score: list[float], **parts: Any) -> list[tuple[bool, bool]]:
    got = entries(series(*weight), series(*score), settings(**parts))
    assert list(got) == ["long", "short"] and {str(kind) for kind in got.dtypes} == {"bool"}
    return list(got.itertuples(index=False, name=None))


def closed(weight: list[float], expected: list[float], **parts: Any) -> list[tuple[bool, bool]]:
    got = exits(series(*weight), series(*expected), settings(**parts))
    assert list(got) == ["long", "short"] and {str(kind) for kind in got.dtypes} == {"bool"}
    return list(got.itertuples(index=False, name=None))


LONG, SHORT, NONE, BOTH = (True, False), (False, True), (False, False), (True, True)


def test_small_targets_are_not_entered() -> None:
    weight = [0.05, 0.0499, 0.0, -0.05, -0.0499, 1.0, -1.0]
    expected = [LONG, NONE, NONE, SHORT, NONE, LONG, SHORT]
    assert opened(weight, [NAN] * 7) == expected


def test_the_veto_looks_in_the_direction_of_the_position() -> None:
    veto = {"veto_below_score": -0.2}
    got = opened([1, 1, 1, -1, -1, -1], [-0.3, -0.2, NAN, 0.3, 0.2, NAN], model_use=veto)
    assert got == [NONE, LONG, LONG, NONE, SHORT, SHORT]
    assert opened([1, -1], [-1, 1]) == [LONG, SHORT]  # no veto is set
    assert opened([1, -1], [0.1, -0.1], model_use={"veto_below_score": 0.2}) == [NONE, NONE]


def test_the_veto_is_for_entries_by_regime_only() -> None:
    veto = {"veto_below_score": 1.0}
    assert opened([1, -1], [-1, 1], entry="edge", model_use=veto) == [LONG, SHORT]


def test_by_regime_a_position_is_closed_when_the_target_no_longer_points_its_way() -> None:
    weight = [1.0, 0.05, 0.04, 0.0, -0.04, -0.05, -1.0]
    expected = [SHORT, SHORT, BOTH, BOTH, BOTH, LONG, LONG]
    assert closed(weight, [NAN] * 7) == expected


def test_by_edge_a_position_is_closed_when_the_prediction_turns_beyond_the_threshold() -> None:
    rule = {"exit_threshold": 0.01}
    expected_return = [0.02, 0.01, 0.0, -0.01, -0.02]
    got = closed([0.0] * 5, expected_return, entry="edge", edge=rule)
    assert got == [SHORT, NONE, NONE, NONE, LONG]
    assert closed([1, 1], [1e-9, -1e-9], entry="edge") == [SHORT, LONG]


def test_untrusted_predictions_open_nothing_and_close_nothing() -> None:
    for regime in (1, 0, -1, NAN):
        weight = edge([NAN], [regime], [0.4])
        assert weight == [0.0]
        assert opened(weight, [NAN], entry="edge") == [NONE]
        assert closed(weight, [NAN], entry="edge") == [NONE]


def test_no_candle_opens_and_closes_the_same_side() -> None:
    for entry, tilt, veto in itertools.product(("regime", "edge"), (0.0, 1.0), (None, 0.0)):
        rule = settings(
            entry=entry, exposure=SHORTING, model_use={"tilt": tilt, "veto_below_score": veto}
        )
        frame, weight = grid(exposure=SHORTING, model_use={"tilt": tilt})
        expected = pd.Series(np.random.default_rng(0).normal(0, 0.01, len(frame)))
        if entry == "edge":
            weight = edge_weight(expected, frame["regime"], frame["volatility"], rule)
        enter, leave = entries(weight, frame["score"], rule), exits(weight, expected, rule)
        assert not (enter & leave).to_numpy().any()
        assert enter.to_numpy().any(axis=0).all() and leave.to_numpy().any(axis=0).all()


def test_a_row_depends_on_itself_alone() -> None:
    frame, weight = grid(exposure=SHORTING, model_use={"tilt": 0.5})
    order = np.random.default_rng(1).permutation(len(frame))
    mixed = frame.iloc[order]
    rule = settings(exposure=SHORTING, model_use={"tilt": 0.5})
    again = regime_weight(mixed["regime"], mixed["volatility"], mixed["score"], rule)
    pd.testing.assert_series_equal(again.sort_index(), weight, check_names=False)


# --- words ---------------------------------------------------------------------------------------


def tagged(**columns: list[float]) -> list[str]:
    frame = pd.DataFrame({"score": NAN, "expected_return": NAN, "weight": 1.0} | columns)
    return entry_tags(frame, settings()).tolist()


def test_words_of_an_entry() -> None:
    scores = [0.44, -0.96, NAN, NAN, -0.04, 1.0, 7.0]
    assert tagged(regime=[1, 0, -1, NAN, 1, 1, 1], score=scores) == [
        "bull score +0.4",
        "sideways score -1.0",
        "bear",
        "unknown",
        "bull score +0.0",
        "bull score +1.0",
        "bull score +1.0",
    ]
    assert tagged(regime=[NAN, NAN], score=[NAN, 0.5]) == ["unknown", "unknown score +0.4"]


def test_words_tell_the_expert_and_the_edge_after_its_cost() -> None:
    # A round trip costs 0.0022 by default.
    regime: list[float] = [1, 1, -1, -1, -1, 1]
    assert tagged(
        regime=regime,
        model_expert=[1, 0, 3, 3, 0, NAN],
        expected_return=[0.0023, 0.0022, -0.0045, 0.0045, -0.003, NAN],
        weight=[1, 1, -1, -1, -0.4, 0],
    ) == [
        "bull expert edge +",
        "bull pooled edge -",
        "bear expert edge ++",
        "bear expert edge -",
        "bear pooled edge +",
        "bull",
    ]


def test_words_stay_few() -> None:
    rng = np.random.default_rng(0)
    score = rng.uniform(-1, 1, 5000).tolist()
    expected = rng.normal(0, 0.01, 5000).tolist()
    regime = rng.choice([1, 0, -1], 5000).tolist()
    assert len(set(tagged(regime=regime, score=score))) == 3 * 11
    assert len(set(tagged(regime=regime, score=score, expected_return=expected))) == 3 * 11 * 3


# --- by a rule -----------------------------------------------------------------------------------


def test_a_rule_gives_the_size_its_sign_in_the_regimes_that_are_allowed() -> None:
    buy, sell = series(1, 1, 0, 0, 1), series(0, 0, 1, 1, 0)
    regime, size = series(1, -1, 1, -1, NAN), series(0.5, 0.4, 0.3, 0.2, 1)
    anywhere = signal_weight(buy, sell, regime, size, settings())
    assert anywhere.tolist() == [0.5, 0.4, -0.3, -0.2, 0.0]
    only = settings(edge={"long_regimes": ["bull"], "short_regimes": ["bear"]})
    assert signal_weight(buy, sell, regime, size, only).abs().tolist() == [0.5, 0, 0, 0.2, 0]


def test_each_side_of_a_rule_closes_the_other() -> None:
    leave = signal_exits(series(1, 0, 0), series(0, 1, 0))
    assert leave["long"].tolist() == [False, True, False]
    assert leave["short"].tolist() == [True, False, False]


def test_the_worse_end_of_the_interval_must_beat_the_cost_of_its_side() -> None:
    rule = settings(entry="edge", edge={"bound": "lower", "margin": 0.001})
    expected = series(0.02, 0.02, -0.02, -0.02, 0.02)
    regime, volatility = series(1.0, 1.0, 1.0, 1.0, 1.0), series(0.4, 0.4, 0.4, 0.4, 0.4)
    interval = pd.DataFrame(
        {"lower": [0.0041, 0.0039, -0.1, -0.1, NAN], "upper": [0.1, 0.1, -0.0021, -0.0019, NAN]}
    )
    costs = pd.DataFrame({"long": [0.003] * 5, "short": [0.001] * 5})
    weight = edge_weight(expected, regime, volatility, rule, interval=interval, costs=costs)
    assert weight.tolist() == [1.0, 0.0, -1.0, 0.0, 0.0]


def test_funding_that_is_received_makes_no_trade_out_of_no_edge() -> None:
    one = series(1.0)
    costs = pd.DataFrame({"long": [0.003], "short": [-0.01]})
    rule = settings(entry="edge")
    assert edge_weight(series(0.001), one, 0.4 * one, rule, costs=costs).tolist() == [0.0]
    assert edge_weight(series(-0.001), one, 0.4 * one, rule, costs=costs).tolist() == [-1.0]
