"""The best of a grid is deflated by all tries, and the preset is one of them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
from rich.console import Console

from freqai_regimes.evaluation.arms import ArmResult, BalanceMetrics
from freqai_regimes.evaluation.equity import Account
from freqai_regimes.evidence.backtest_overfitting import backtest_overfitting
from freqai_regimes.evidence.setting_grid import (
    grid_row,
    grid_section,
    print_grid,
    setting_grid,
)
from freqai_regimes.evidence.track_record import track_record

DAYS = pd.date_range("2024-01-01", periods=200, tz="UTC")


def arm(name: str, seed: int, drift: float = 0.0) -> ArmResult:
    returns = np.random.default_rng(seed).normal(drift, 0.01, len(DAYS))
    return ArmResult(name, "", Account(pd.Series((1 + returns).cumprod(), DAYS), "wallet"))


def test_the_preset_is_among_those_that_were_tried() -> None:
    own, points = (
        arm("preset", 0),
        [arm("a", 1), arm("b", 2, 0.004), ArmResult("c", "", failed="x")],
    )
    found = setting_grid(own, points, trials=40)
    assert [point.name for point in found.points] == ["preset", "a", "b", "c"]
    assert found.best == "b" and found.record is not None
    assert found.record == track_record(found.daily["b"], 40)
    assert list(found.daily) == ["preset", "a", "b"] and len(found.daily) == 200
    assert backtest_overfitting(found.daily).configurations == 3
    assert found.to_json()["points"][3]["failed"] == "x"


def test_a_point_that_is_the_preset_is_not_counted_twice() -> None:
    own = arm("preset", 0)
    same = ArmResult("a", "", own.account)
    assert [p.name for p in setting_grid(own, [same, arm("b", 1)], 1).points] == ["a", "b"]


def test_without_any_result_nothing_is_best() -> None:
    found = setting_grid(ArmResult("preset", "", failed="x"), [ArmResult("a", "", failed="y")], 3)
    assert (found.best, found.record) == ("", None)
    assert found.reason == "No point of the grid has a result."


def test_page_and_terminal_show_every_point_and_why_one_failed() -> None:
    figures = BalanceMetrics(0.1234, 0.2, 1.5, 2.0, 3.0, 0.05, 200)
    won = replace(arm("edge=0.01", 1), balance=figures, seconds=7.4)
    points = [won, ArmResult("edge=0.02", "", failed="no <candles>")]
    found = setting_grid(arm("preset", 0), points, trials=9)
    assert grid_row(points[0]) == ("edge=0.01", "+12.3 %", "1.50", "5.0 %", "-", "7")
    assert grid_row(points[1]) == ("edge=0.02", "failed", "-", "-", "-", "-")
    told = io.StringIO()
    print_grid(found, Console(file=told, width=200))
    page = grid_section(found, None)
    for cell in (*(cell for point in found.points for cell in grid_row(point)), found.reason):
        assert cell in told.getvalue() and cell in page, cell
    assert "edge=0.02 failed: no <candles>" in told.getvalue()
    assert "edge=0.02 failed: no &lt;candles&gt;" in page
