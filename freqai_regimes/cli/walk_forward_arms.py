"""The arms of a walk-forward: the preset, what it is compared with, and each one's backtest."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from freqai_regimes.candles import FUNDING, candle_path, read_candles
from freqai_regimes.cli.backtest_run import Backtest, RunData, run_backtest
from freqai_regimes.cli.logged_backtest import log_backtest
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.arms import ArmCosts, ArmResult
from freqai_regimes.evaluation.equity import Account, account_curve, buy_and_hold
from freqai_regimes.evaluation.record import RunRecord
from freqai_regimes.evidence.fills import fills
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult
from freqai_regimes.freqtrade_bridge.balance_metrics import balance_metrics
from freqai_regimes.settings import Settings

PRESET, OFF, POOLED = "preset", "model off", "pooled only"
BASELINE, TREND, HOLD = "baseline", "trend", "buy and hold"
NAMES = (PRESET, OFF, POOLED, BASELINE, TREND)
#: More rows than any window has, so that no regime gets an expert of its own.
NO_EXPERTS = 10**9
FUNDING_TIMEFRAME = "1h"


@dataclass(frozen=True)
class Arm:
    """One arm that freqtrade runs.

    Attributes
    ----------
    config : its files; without a model for the controls.
    overlay : what it alone is told.
    same_as : name of the arm that makes the same trades, which saves running it; "" if none does.
    """

    name: str
    meaning: str
    config: RunConfig
    strategy: str = "RegimeStrategy"
    overlay: dict[str, Any] = field(default_factory=dict)
    same_as: str = ""

    @property
    def slug(self) -> str:
        """Its name as part of a path."""
        return re.sub(r"[^\w.=+-]+", "-", self.name)[:80]


def arms_of(config: RunConfig, options: argparse.Namespace, wanted: Sequence[str]) -> list[Arm]:
    """The arms in the order in which they run: what trains first.

    Raises
    ------
    SettingsError
        If the preset's files cannot be read without the model.
    """
    off = RunConfig.load(
        config.preset, futures=options.futures, model=False, own=tuple(options.config)
    )
    arms = [
        Arm(PRESET, "The preset with the settings as they are.", config),
        Arm(
            POOLED,
            "The same with one model for all regimes: no regime has an expert.",
            config,
            overlay={"regimes": {"experts": {"minimum_rows": NO_EXPERTS}}},
            same_as=_pooled_is(config),
        ),
        Arm(OFF, "The same without a model: the regime decides.", off),
        Arm(
            BASELINE,
            "BaselineStrategy: the same risk, in the market while the price is above its average.",
            off,
            strategy="BaselineStrategy",
        ),
        Arm(
            TREND,
            f"Time-series momentum: the same risk, by the sign of the change over "
            f"{_span(config.settings)} candles of {config.settings.regime.timeframe} "
            "(Moskowitz, Ooi and Pedersen 2012).",
            off,
            overlay=_trend(config.settings),
        ),
    ]
    if not config.model_is_on:
        arms = [arm for arm in arms if arm.name not in (OFF, POOLED)]
    return [arm for arm in arms if arm.name == PRESET or arm.name in wanted]


def run_arm(
    arm: Arm, pairs: list[str], data: RunData, folder: Path, options: argparse.Namespace
) -> tuple[ArmResult, Backtest]:
    """Run one arm and log it; a failure is a result that says so.

    Raises
    ------
    KeyboardInterrupt
        If freqtrade was told to stop: the other arms are not wanted either.
    """
    backtest = Backtest(folder / arm.slug, arm.strategy, arm.overlay)
    backtest.folder.mkdir(parents=True)
    began = time.monotonic()
    try:
        code = run_backtest(arm.config, pairs, data, backtest, options, quiet=True)
        if code == -signal.SIGTERM:
            raise KeyboardInterrupt
        if code:
            raise RegimesError(f"exit code {code}, see {backtest.folder / 'freqtrade.log'}")
        control = arm.name in (BASELINE, TREND)
        log_backtest(
            "walk-forward", arm.config, pairs, data, backtest, options, arm.name, control=control
        )
        result = backtest.result()
    except RegimesError as error:
        print(f"{arm.name} failed: {error}", file=sys.stderr)
        return ArmResult(arm.name, arm.meaning, failed=str(error)), backtest
    return _measured(arm, result, time.monotonic() - began), backtest


def hold_arm(
    record: RunRecord, balance: float, fee: float, data: RunData, options: argparse.Namespace
) -> ArmResult:
    """Buy and hold all pairs over the same range, at the same fee and funding."""
    rates = {}
    for pair in record.pairs:
        stored = candle_path(data.datadir, pair, FUNDING_TIMEFRAME, FUNDING).is_file()
        if options.futures and stored:
            funding = read_candles(data.datadir, pair, FUNDING_TIMEFRAME, FUNDING)
            rates[pair] = funding.set_index("date")["open"].astype(float)
    curve = buy_and_hold(record, balance, fee, rates)
    free = buy_and_hold(record, balance, fee)
    bought, sold = balance * (1 - fee), float(free.iloc[-1]) / (1 - fee)
    return ArmResult(
        HOLD,
        f"The same money in all pairs in equal parts, bought at the first close and sold at the "
        f"last, at {fee:.4%} a side{' with funding' if rates else ''}.",
        Account(curve, "closes"),
        balance_metrics(curve),
        ArmCosts(
            fees=fee * (balance + sold),
            funding=float(curve.iloc[-1] - free.iloc[-1]) / (1 - fee),
            turnover=bought + sold,
        ),
    )


def fee_of(results: Sequence[ArmResult], settings: Settings, given: float | None) -> float:
    """Fee of one side that freqtrade charged, or would have charged."""
    for result in results:
        if result.trades is not None and len(result.trades):
            return float(result.trades["fee_open"].iloc[0])
    return settings.costs.fee if given is None else given


def _measured(arm: Arm, result: BacktestResult, seconds: float) -> ArmResult:
    account = account_curve(result.trades, result.wallet, result.stats)
    costs = ArmCosts(0.0, 0.0, 0.0)
    if len(result.trades):
        filled, funding = fills(result.trades), result.trades.get("funding_fees")
        received = 0.0 if funding is None else float(funding.fillna(0.0).sum())
        costs = ArmCosts(float(filled["cost"].sum()), received, float(filled["value"].sum()))
    return ArmResult(
        arm.name,
        arm.meaning,
        account,
        balance_metrics(account.curve),
        costs,
        result.trades,
        result.stats,
        seconds,
    )


def _pooled_is(config: RunConfig) -> str:
    """The arm that trades as the pooled model would, where predictions decide nothing."""
    settings = config.settings
    shown_only = settings.entry == "regime" and not settings.model_decides
    return OFF if shown_only and settings.size.kelly is None else ""


def _span(settings: Settings) -> int:
    regime = settings.regime
    return regime.change_candles or regime.average_candles


def _trend(settings: Settings) -> dict[str, Any]:
    rule = {"rule": "price_change", "change_candles": _span(settings), "band": 0.0}
    return {"regimes": {"entry": "regime", "regime": {"rules": [rule]}}}
