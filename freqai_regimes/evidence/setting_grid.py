"""The best of a grid of settings: what it is worth after all that was tried, and the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from freqai_regimes.evaluation.arms import ArmResult
from freqai_regimes.evaluation.equity import daily_returns_of
from freqai_regimes.evaluation.page import section, small, table
from freqai_regimes.evaluation.wording import count, number, percent
from freqai_regimes.evidence.backtest_overfitting import Overfitting
from freqai_regimes.evidence.json_values import json_values
from freqai_regimes.evidence.track_record import TrackRecord, track_record

HEADS = ("Settings", "Net", "Sharpe", "Drawdown", "Trades", "Took s")


@dataclass(frozen=True)
class SettingGrid:
    """All points of a grid, and what choosing the best of them is worth.

    Attributes
    ----------
    points : the preset's own arm, unless it is a point of the grid, and every point.
    best : name of the one with the highest Sharpe ratio; empty if none has a result.
    record : of the best, deflated by all that was tried on these candles.
    daily : net returns by day of all points that have a result, for ``backtest_overfitting``.
    """

    points: tuple[ArmResult, ...]
    best: str
    record: TrackRecord | None
    daily: pd.DataFrame = field(repr=False, compare=False)

    @property
    def reason(self) -> str:
        """What is said of the best, in a sentence."""
        if self.record is None:
            return "No point of the grid has a result."
        return f"Best of the grid: {self.best}. {self.record.reason}"

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is not finite is null."""
        return {
            "points": [point.to_json() for point in self.points],
            "best": self.best or None,
            "record": json_values(self.record) if self.record else None,
        }


def setting_grid(own: ArmResult, points: Sequence[ArmResult], trials: int) -> SettingGrid:
    """Judge a grid.

    Parameters
    ----------
    own : the preset's arm. It was tried, too, so it is among those that the best is chosen from.
    points : of the grid, run over the same days.
    trials : configurations tried on these candles, all of these included.
    """
    every = tuple(points) if any(_same(own, point) for point in points) else (own, *points)
    daily = {arm.name: daily_returns_of(arm.account.curve) for arm in every if arm.account}
    together = pd.DataFrame(daily).dropna()
    if not daily:
        return SettingGrid(every, "", None, together)
    best = max(daily, key=lambda name: track_record(daily[name]).sharpe)
    record = track_record(daily[best], max(trials, len(every)))
    return SettingGrid(every, best, record, together)


def grid_section(found: SettingGrid, overfitting: Overfitting | None) -> str:
    """Show every point and what choosing the best is worth."""
    return section(
        "Grid",
        "Every point is a whole walk-forward over the same days. The best of many looks better "
        "than it is: the deflated ratio and the probability of overfitting say by how much.",
        table(
            HEADS,
            [grid_row(point) for point in found.points],
            row_classes=["failed" if point.failed else "" for point in found.points],
        ),
        small(" ".join([found.reason, *([overfitting.reason] if overfitting else [])])),
        *(small(f"{p.name} failed: {p.failed}") for p in found.points if p.failed),
    )


def print_grid(found: SettingGrid, console: Console) -> None:
    """Print one row a point, and below them what the best is worth and what failed."""
    shown = Table(title="Grid, on the same candles", title_justify="left")
    shown.add_column(HEADS[0], overflow="fold")
    for head in HEADS[1:]:
        shown.add_column(head, justify="right")
    for point in found.points:
        shown.add_row(*grid_row(point))
    console.print(shown)
    console.print(Text(found.reason))
    for point in found.points:
        if point.failed:
            console.print(Text(f"{point.name} failed: {point.failed}"))


def grid_row(point: ArmResult) -> tuple[str, ...]:
    """Cells of a point, as ``HEADS`` names them."""
    if point.balance is None:
        return (point.name, "failed", "-", "-", "-", "-")
    balance, sharpe = point.balance, point.balance.sharpe
    return (
        point.name,
        percent(balance.net, sign=True),
        number(sharpe if math.isfinite(sharpe) else None),
        percent(balance.drawdown),
        count(None if point.trades is None else len(point.trades)),
        f"{point.seconds:.0f}",
    )


def _same(own: ArmResult, point: ArmResult) -> bool:
    """Whether a point took the preset's own result."""
    return own.account is not None and own.account is point.account
