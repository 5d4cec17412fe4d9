"""Writes a backtest into the log of runs: which settings, on which candles, and what came out."""

from __future__ import annotations

import argparse
from copy import deepcopy
from typing import Any

import numpy as np
from freqtrade.misc import deep_merge_dicts

from freqai_regimes.candles import FUTURES, SPOT, read_candles
from freqai_regimes.cli.backtest_run import Backtest, RunData
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.evaluation.deflated_sharpe import SharpeSample
from freqai_regimes.evaluation.equity import account_curve, daily_returns_of, drawdown
from freqai_regimes.evidence.run_log import LoggedRun, candle_months, log_run
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult
from freqai_regimes.settings import parse_settings, settings_hash

#: What freqtrade itself is told that changes which trades are made.
TRADING = (
    "timeframe",
    "trading_mode",
    "stoploss",
    "trailing_stop",
    "trailing_stop_positive",
    "trailing_stop_positive_offset",
    "trailing_only_offset_is_reached",
    "minimal_roi",
    "use_exit_signal",
    "exit_profit_only",
    "ignore_roi_if_entry_signal",
    "stake_amount",
    "tradable_balance_ratio",
)
#: Parts of our settings that no backtest depends on.
WITHOUT_EFFECT = {"preset", "record", "messages", "orders", "trial_variance", "on_failed_window"}
#: Parts that say nothing where no model is on.
OF_A_MODEL = {
    *("train_features", "label_sets", "train_label", "train_labels", "learners", "experts"),
    *("calibration", "intervals", "windows", "life", "model_use"),
}
CONTROLS = {"BaselineStrategy"}


def log_backtest(
    command: str,
    config: RunConfig,
    pairs: list[str],
    data: RunData,
    backtest: Backtest,
    options: argparse.Namespace,
    arm: str = "",
    *,
    control: bool = False,
) -> LoggedRun:
    """Add a finished backtest to the log of its user directory; see ``LoggedRun``."""
    run = LoggedRun(
        command=command,
        preset=config.preset,
        settings=configuration_hash(config, backtest.strategy, backtest.overlay),
        months=months_of(config, pairs, data, futures=options.futures),
        timerange=data.timerange,
        pairs=tuple(pairs),
        result=numbers_of(backtest.result()),
        arm=arm,
        control=control,
    )
    log_run(options.userdir, run)
    return run


def configuration_hash(config: RunConfig, strategy: str, overlay: dict[str, Any]) -> str:
    """Short text that changes with whatever the trades depend on, but the candles and pairs."""
    whole = merged(config.merged, overlay)
    model = config.model_is_on and strategy not in CONTROLS
    unused = WITHOUT_EFFECT | (set() if model else OF_A_MODEL)
    own = parse_settings(whole).model_dump(mode="json", exclude=unused)
    freqai = {key: value for key, value in whole["freqai"].items() if key != "identifier"}
    return settings_hash(
        strategy, own, {key: whole.get(key) for key in TRADING}, freqai if model else None
    )


def months_of(
    config: RunConfig, pairs: list[str], data: RunData, *, futures: bool
) -> tuple[str, ...]:
    """Name the candles of a run, as the log counts them."""
    kind, timeframe = FUTURES if futures else SPOT, config.merged["timeframe"]
    frames = {pair: read_candles(data.datadir, pair, timeframe, kind) for pair in pairs}
    closes = {pair: frame.set_index("date")["close"] for pair, frame in frames.items()}
    return candle_months(closes, data.timerange)


def numbers_of(result: BacktestResult) -> dict[str, float | None]:
    """What the log keeps of a result; see ``LoggedRun``."""
    account = account_curve(result.trades, result.wallet, result.stats)
    returns = daily_returns_of(account.curve)
    sharpe = SharpeSample.of(returns).sharpe
    return {
        "net": float(result.stats["profit_total"]),
        "sharpe_per_day": sharpe if np.isfinite(sharpe) else None,
        "days": len(returns),
        "trades": len(result.trades),
        "drawdown": -float(drawdown(account.curve).min()),
    }


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A configuration over another one, as freqtrade merges its files; the second wins."""
    both: dict[str, Any] = deep_merge_dicts(second, deepcopy(first))
    return both
