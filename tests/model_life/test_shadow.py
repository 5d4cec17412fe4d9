"""The shadow's test: the better one wins, equals are told apart as seldom as stated."""

from __future__ import annotations

import numpy as np

from freqai_regimes.model_life.shadow import FEWEST_BLOCKS, ShadowOptions, judge_shadow

HORIZON = 4
ALWAYS_LOOK = ShadowOptions(longest_candles=100_000)


def losses(seed: int, skill: float, rows: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors on overlapping outcomes: the champion knows nothing, the shadow a share."""
    rng = np.random.default_rng(seed)
    label = np.convolve(rng.normal(size=rows + HORIZON - 1), np.full(HORIZON, 0.5), "valid")
    champion, shadow = (0.3 * rng.standard_t(4, size=rows) for _ in range(2))
    return (label - champion) ** 2, (label - shadow - skill * label) ** 2


def last_verdict(seed: int, skill: float) -> str:
    """The first verdict of one who looks at every candle."""
    champion, shadow = losses(seed, skill)
    for rows in range(1, len(champion)):
        verdict = judge_shadow(champion[:rows], shadow[:rows], HORIZON, ALWAYS_LOOK).verdict
        if verdict != "wait":
            return verdict
    return "wait"


def test_the_better_one_wins_and_the_worse_one_is_dropped() -> None:
    champion, shadow = losses(0, 0.6)
    assert judge_shadow(champion, shadow, HORIZON, ALWAYS_LOOK).verdict == "promote"
    assert judge_shadow(shadow, champion, HORIZON, ALWAYS_LOOK).verdict == "drop"


def test_equals_are_told_apart_seldom_however_often_one_looks() -> None:
    verdicts = [last_verdict(seed, 0.0) for seed in range(100)]
    assert sum(verdict != "wait" for verdict in verdicts) <= 8  # 5 of 100 are allowed
    assert [last_verdict(seed, 0.6) for seed in range(10)] == ["promote"] * 10


def test_no_verdict_before_there_are_enough_blocks() -> None:
    champion, shadow = losses(0, 0.9)
    few = FEWEST_BLOCKS * HORIZON - 1
    decision = judge_shadow(champion[:few], shadow[:few], HORIZON, ALWAYS_LOOK)
    assert decision.verdict == "wait"
    assert judge_shadow(champion[:0], shadow[:0], HORIZON, ALWAYS_LOOK).verdict == "wait"


def test_when_time_is_up_the_better_one_stays() -> None:
    options = ShadowOptions(longest_candles=100)
    champion, shadow = (each[:100] for each in losses(3, 0.0))
    better = "promote" if shadow.mean() < champion.mean() else "drop"
    decision = judge_shadow(champion, shadow, HORIZON, options)
    assert decision.verdict == better
    assert decision.reason.startswith("time is up: mean loss ")
    assert judge_shadow(champion[:99], shadow[:99], HORIZON, options).verdict == "wait"
