"""Caps on exposure: on random books no addition within the room breaks any of them."""

from __future__ import annotations

import numpy as np
import pytest

from freqai_regimes.risk.exposure_caps import CapSettings, Holding, correlation, room

NAN = float("nan")


@pytest.mark.parametrize("seed", range(100))
def test_the_room_keeps_every_cap_and_is_not_smaller_than_needed(seed: int) -> None:
    random = np.random.default_rng(seed)
    caps = CapSettings(
        pair=random.uniform(0.1, 1), side=random.uniform(0.1, 2), correlated=random.uniform(0.1, 2)
    )
    held = [
        Holding(pair, random.normal(0, 20), random.choice([-0.9, 0.0, 0.9, NAN]))
        for pair in ("A", "B", "C", "D")
    ]
    is_short = bool(seed % 2)
    sign = -1 if is_short else 1
    free = room("A", is_short, held, 100.0, caps).value

    def totals(added: float) -> list[float]:
        own = added + abs(held[0].value)
        side = added + sum(abs(each.value) for each in held if each.value * sign > 0)
        with_it = [
            each
            for each in held
            if each.pair == "A"
            or np.isnan(each.correlation)
            or each.correlation * np.sign(each.value) * sign >= caps.correlation
        ]
        return [own, side, added + sum(abs(each.value) for each in with_it)]

    limits = [100.0 * cap for cap in (caps.pair, caps.side, caps.correlated) if cap is not None]
    if free > 0:
        assert all(t <= limit + 1e-9 for t, limit in zip(totals(free), limits, strict=True))
    assert any(t >= limit for t, limit in zip(totals(free + 1e-6), limits, strict=True))


def test_a_hedge_is_no_exposure_and_an_inverse_pair_on_the_other_side_is() -> None:
    caps = CapSettings(correlated=0.5)
    hedge = [Holding("B", -40.0, 0.9)]
    same = [Holding("B", -40.0, -0.9)]
    assert room("A", False, hedge, 100.0, caps).value == 50.0
    assert room("A", False, same, 100.0, caps).value == 10.0


def test_without_caps_there_is_no_limit() -> None:
    assert room("A", False, [Holding("A", 1e9, 1.0)], 100.0, CapSettings()).value == float("inf")


def test_correlation_is_of_log_returns_and_unknown_without_enough_of_them() -> None:
    random = np.random.default_rng(1)
    moves = random.normal(0, 0.01, (2, 60))
    moves[1] = 0.8 * moves[0] + 0.6 * moves[1]
    first, second = 100 * np.exp(moves.cumsum(axis=1))
    expected = np.corrcoef(moves[0, 1:], moves[1, 1:])[0, 1]
    assert correlation(first, second) == pytest.approx(expected)
    assert np.isnan(correlation(first[:10], second[:10]))
    assert np.isnan(correlation(first, second[:-1]))
    assert np.isnan(correlation(first, np.full(60, 5.0)))
