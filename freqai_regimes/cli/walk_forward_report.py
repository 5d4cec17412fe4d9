"""A walk-forward for people and programs: terminal, JSON, and one page."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from freqai_regimes.cli.backtest_run import Backtest, RunData
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.arms import WIDTH, ArmResult, arms_section, print_arms
from freqai_regimes.evaluation.equity import daily_returns_of
from freqai_regimes.evaluation.page import section, small
from freqai_regimes.evaluation.record import RunRecord, read_record
from freqai_regimes.evaluation.report import Beside, write_report
from freqai_regimes.evaluation.scorecard import print_scorecard, scorecard
from freqai_regimes.evidence.assessment import Assessment, assess
from freqai_regimes.evidence.assessment_page import (
    costs_section,
    lines,
    statistics_section,
    verdict_section,
)
from freqai_regimes.evidence.monte_carlo import MonteCarlo
from freqai_regimes.evidence.run_log import Trials
from freqai_regimes.evidence.setting_grid import SettingGrid, grid_section, print_grid
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult

JSON, PAGE = "walk-forward.json", "report.html"


@dataclass(frozen=True)
class WalkForward:
    """All that a walk-forward found.

    Attributes
    ----------
    results : the preset's arm first, then the others.
    backtest : of the preset's arm.
    tried : configurations on these candles, by the log of runs.
    not_run : arm -> why it was not run.
    grid : the preset at other settings; None without ``--grid``.
    monte_carlo : the preset on other candles.
    assessment : None where the preset's arm failed, or ``no_statistics`` says why.
    """

    config: RunConfig
    data: RunData
    results: tuple[ArmResult, ...]
    backtest: Backtest
    tried: Trials
    not_run: dict[str, str]
    grid: SettingGrid | None = None
    monte_carlo: tuple[MonteCarlo, ...] = ()
    assessment: Assessment | None = None
    no_statistics: str = ""

    @property
    def own(self) -> ArmResult:
        """The preset's arm."""
        return self.results[0]

    @property
    def ran(self) -> bool:
        """Whether the preset's arm has a result."""
        return not self.own.failed

    def result(self) -> BacktestResult:
        """Freqtrade's result of the preset's arm."""
        return self.backtest.result()

    def record(self) -> RunRecord:
        """Candles of the range, as the preset's arm saw them."""
        start, end = (self.own.stats[f"backtest_{side}_ts"] for side in ("start", "end"))
        return read_record(self.backtest.record).between(start, end)


def assessed(found: WalkForward) -> WalkForward:
    """The same with the statistics of the preset's arm beside the others."""
    own = found.own
    if own.account is None or own.trades is None:
        return found
    try:
        return replace(found, assessment=_assessment(found, own.trades))
    except RegimesError as error:  # hours of training are behind it: show what there is
        return replace(found, no_statistics=str(error))


def _assessment(found: WalkForward, trades: pd.DataFrame) -> Assessment:
    own = found.own
    daily = {arm.name: daily_returns_of(arm.account.curve) for arm in found.results if arm.account}
    return assess(
        daily.pop(own.name),
        trades,
        {pair: frame[["date", "open"]] for pair, frame in found.record().pairs.items()},
        starting_balance=float(own.stats["starting_balance"]),
        trials=found.tried.count,
        arms=daily,
        grid=found.grid.daily if found.grid else None,
        monte_carlo=found.monte_carlo,
    )


def print_all(found: WalkForward) -> None:
    """Print arms, tables, statistics and verdict."""
    console = Console(width=WIDTH)
    if found.ran:
        result = found.result()
        print_scorecard(scorecard(read_record(found.backtest.record), result.trades, result.stats))
    print_arms(found.results, console)
    if found.grid:
        print_grid(found.grid, console)
        choosing = found.assessment.overfitting if found.assessment else None
        console.print(Text(choosing.reason if choosing else ""))
    for name, why in found.not_run.items():
        console.print(Text(f"{name}: not run, {why}"))
    console.print(Text(found.tried.reason))
    for sentence in lines(found.assessment) if found.assessment else []:
        console.print(Text(sentence))
    if found.no_statistics:
        console.print(Text(f"No statistics: {found.no_statistics}"))


def write_all(found: WalkForward, folder: Path) -> list[Path]:
    """Write the JSON file, and the page where there is something to draw; returns what there is."""
    written = [folder / JSON]
    written[0].write_text(json.dumps(_plain(found), indent=1, allow_nan=False, default=str))
    if found.ran:
        result = found.result()
        written.append(
            write_report(
                found.backtest.record,
                result.trades,
                result.stats,
                result.wallet,
                folder / PAGE,
                _beside(found),
            )
        )
    return written


def _beside(found: WalkForward) -> Beside:
    others: dict[str, pd.Series[float]] = {
        arm.name: arm.account.curve for arm in reversed(found.results[1:]) if arm.account
    }
    own, assessment = found.own, found.assessment
    futures = own.stats.get("trading_mode") == "futures"
    opening = arms_section(found.results, found.not_run, futures=futures)
    closing = section("Statistics", "", small(f"There are none: {found.no_statistics}"))
    if found.grid:
        opening += grid_section(found.grid, assessment.overfitting if assessment else None)
    if assessment is not None:
        opening = verdict_section(assessment, found.tried.reason) + opening
        closing = statistics_section(assessment) + costs_section(
            assessment,
            str(own.stats.get("stake_currency") or ""),
            found.config.settings.costs.slippage,
            own.costs.funding if own.costs else 0.0,
        )
    return Beside(
        others,
        "its controls on the same candles",
        own.name,
        opening,
        closing,
    )


def _plain(found: WalkForward) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "preset": found.config.preset,
        "timerange": found.data.timerange,
        "built_in_market": found.data.built_in,
        "arms": [arm.to_json() for arm in found.results],
        "not_run": found.not_run,
        "grid": found.grid.to_json() if found.grid else None,
        "trials": {"count": found.tried.count, "reason": found.tried.reason},
        "assessment": found.assessment.to_json() if found.assessment else None,
        "no_statistics": found.no_statistics or None,
    }
    if found.ran:
        result = found.result()
        card = scorecard(read_record(found.backtest.record), result.trades, result.stats)
        plain["scorecard"] = card.to_json()
    return plain
