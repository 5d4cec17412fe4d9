"""Arms of a comparison: what each did on the same candles, in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from freqai_regimes.evaluation.equity import Account
from freqai_regimes.evaluation.key_numbers import NO_RATIO
from freqai_regimes.evaluation.page import section, small, table
from freqai_regimes.evaluation.wording import count, money, number, percent

WIDTH = 100  # columns of a terminal
SHORTEST_DAYS = 90  # of an account whose growth is told by year
HOW_FIGURES = (
    "Net, growth, Sharpe, Sortino, Calmar and drawdown are of the account's daily value "
    "(wallet-based: open positions count) by freqtrade's functions; ratios are annualised by the "
    "root of 365, Calmar is freqtrade's (mean daily return in percent over the drawdown, by the "
    "root of 365). Growth a year is left out below 90 days. SQN and profit factor are of closed "
    "trades (trade-based)."
)
HOW_FUTURES = (
    " In futures freqtrade's wallet holds the stake currency alone, so an open position counts "
    "once it is closed."
)


@dataclass(frozen=True)
class BalanceMetrics:
    """Freqtrade's figures of an account's value; NaN where there is no ratio.

    Attributes
    ----------
    net, cagr : whole change and growth a year, fractions.
    sharpe, sortino, calmar : annual (365 days), of daily values.
    drawdown : deepest fall below the high before it, as a positive fraction.
    days : that the account was followed.
    """

    net: float
    cagr: float
    sharpe: float
    sortino: float
    calmar: float
    drawdown: float
    days: int


@dataclass(frozen=True)
class ArmCosts:
    """What an arm paid, in stake currency.

    Attributes
    ----------
    fees : of all buys and sells.
    funding : received, net; negative is paid.
    turnover : value of all buys and sells.
    """

    fees: float
    funding: float
    turnover: float


@dataclass(frozen=True)
class ArmResult:
    """What one arm did, or why it has no result.

    Attributes
    ----------
    name, meaning : what it is called, and a sentence on what it is.
    account, balance, costs : None where it failed.
    trades : freqtrade's; None for an arm that freqtrade did not run.
    stats : the strategy's part of freqtrade's result; {} without.
    seconds : that it took.
    failed : the reason there is no result; empty if there is one.
    """

    name: str
    meaning: str
    account: Account | None = None
    balance: BalanceMetrics | None = None
    costs: ArmCosts | None = None
    trades: pd.DataFrame | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    failed: str = ""

    @property
    def in_market(self) -> float:
        """Trades' hours over those of all pairs together, as a fraction; NaN without trades."""
        if self.trades is None or not self.stats:
            return math.nan
        pairs = max(len(self.stats.get("pairlist") or ()), 1)
        span = (self.stats["backtest_end_ts"] - self.stats["backtest_start_ts"]) / 60_000
        held = float(self.trades["trade_duration"].sum()) if len(self.trades) else 0.0
        return min(held / (pairs * span), 1.0) if span > 0 else math.nan

    def to_json(self) -> dict[str, Any]:
        """Plain values; NaN becomes null."""
        stats = {name: self.stats.get(name) for name in ("sqn", "profit_factor", "winrate")}
        plain = {
            "name": self.name,
            "meaning": self.meaning,
            "failed": self.failed or None,
            "seconds": round(self.seconds, 1),
            "trades": None if self.trades is None else len(self.trades),
            "in_market": self.in_market,
            **(asdict(self.balance) if self.balance else {}),
            **(asdict(self.costs) if self.costs else {}),
            **stats,
        }
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in plain.items()
        }


def print_arms(arms: Sequence[ArmResult], console: Console | None = None) -> None:
    """Print one row an arm, at most 100 columns wide, and below it what failed."""
    console = console or Console(width=WIDTH)
    shown = Table(title="Arms, on the same candles", width=WIDTH, title_justify="left")
    shown.add_column("arm", overflow="fold")
    for head in ("net", "a year", "Sharpe", "Sortino", "drawdown", "trades", "in market", "fees"):
        shown.add_column(head, justify="right", overflow="fold")
    for arm in arms:
        shown.add_row(*_cells(arm, brief=True))
    console.print(shown)
    for arm in arms:
        if arm.failed:
            console.print(f"{arm.name} failed: {arm.failed}", markup=False, highlight=False)


def arms_section(arms: Sequence[ArmResult], not_run: Mapping[str, str], *, futures: bool) -> str:
    """Show all arms beside each other, what each is, and why others were not run."""
    heads = ["Arm", "Net", "A year", "Sharpe", "Sortino", "Calmar", "Drawdown", "SQN"]
    heads += ["Profit factor", "Trades", "Won", "In market", "Fees", "Funding", "Turnover"]
    rows = [_cells(arm) for arm in arms]
    meanings = table(
        ["Arm", "What it is"],
        [
            *((arm.name, arm.meaning + _failure(arm)) for arm in arms),
            *((name, f"Not run: {why}.") for name, why in not_run.items()),
        ],
        words=(0, 1),
        long=(1,),
    )
    return section(
        "Arms",
        "The same candles, range, pairs and costs for each. The model earns its place only where "
        "the first row beats 'model off'; the strategy only where it beats the last rows.",
        table(heads, rows, row_classes=["failed" if arm.failed else "" for arm in arms]),
        small(HOW_FIGURES + (HOW_FUTURES if futures else "")),
        meanings,
    )


def _failure(arm: ArmResult) -> str:
    return f" Failed: {arm.failed}" if arm.failed else ""


def _cells(arm: ArmResult, *, brief: bool = False) -> tuple[str, ...]:
    if arm.balance is None or arm.costs is None:
        return (arm.name, "failed", *["-"] * (7 if brief else 13))
    balance, costs, stats = arm.balance, arm.costs, arm.stats
    trades = None if arm.trades is None else len(arm.trades)
    account = (
        percent(balance.net, sign=True),
        percent(balance.cagr, sign=True) if balance.days >= SHORTEST_DAYS else "-",
        number(balance.sharpe),
        number(balance.sortino),
    )
    if brief:
        rest = (count(trades), percent(arm.in_market), money(costs.fees))
        return (arm.name, *account, percent(balance.drawdown), *rest)
    return (
        arm.name,
        *account,
        number(balance.calmar),
        percent(balance.drawdown),
        number(_known(stats.get("sqn"))),
        number(_known(stats.get("profit_factor"))) if trades else "-",
        count(trades),
        percent(stats.get("winrate")) if trades else "-",
        percent(arm.in_market),
        money(costs.fees),
        money(costs.funding, sign=True),
        money(costs.turnover, 0),
    )


def _known(value: Any) -> float | None:
    """Freqtrade's ratio, or None where it says -100 for none."""
    return None if value is None or value == NO_RATIO else float(value)
