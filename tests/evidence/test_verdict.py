"""The three verdicts and what stands between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from freqai_regimes.evidence.verdict import LUCK, NO_EDGE, SURVIVES, Figures, verdict

GOOD = Figures(
    net_return=0.5,
    days=730,
    trades=200,
    trials=20,
    deflated_sharpe=0.99,
    bootstrap_not_positive=0.001,
    random_entries=0.01,
    net_return_twice_cost=0.2,
)


def test_an_edge_survives_when_every_check_holds() -> None:
    found = verdict(GOOD)
    assert found.words == SURVIVES
    assert all(check.holds for check in found.checks)
    assert "best of 20 tried" in found.reason


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"days": 100}, "track record"),
        ({"trades": 12}, "track record"),
        ({"deflated_sharpe": 0.9}, "trials"),
        ({"bootstrap_not_positive": 0.1}, "bootstrap"),
        ({"random_entries": 0.2}, "random entries"),
        ({"net_return_twice_cost": -0.01}, "twice the costs"),
        ({"random_entries": float("nan")}, "random entries"),
        ({"deflated_sharpe": float("nan")}, "trials"),
    ],
)
def test_one_check_that_fails_makes_it_luck_and_is_the_reason(
    change: dict[str, Any], name: str
) -> None:
    found = verdict(replace(GOOD, **change))
    assert found.words == LUCK
    (failed,) = [check for check in found.checks if not check.holds]
    assert failed.name == name
    assert found.reason == failed.reason


@pytest.mark.parametrize("net", [0.0, -0.2, float("nan")])
def test_nothing_earned_is_no_edge_whatever_else_holds(net: float) -> None:
    assert verdict(replace(GOOD, net_return=net)).words == NO_EDGE
