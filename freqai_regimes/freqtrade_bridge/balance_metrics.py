"""Freqtrade's own figures of an account's daily balance, for accounts that it did not run too."""

from __future__ import annotations

import pandas as pd
from freqtrade.data.metrics import (
    calculate_cagr,
    calculate_calmar_from_balance,
    calculate_max_drawdown_from_balance,
    calculate_sharpe_from_balance,
    calculate_sortino_from_balance,
)

from freqai_regimes.evaluation.arms import BalanceMetrics
from freqai_regimes.evaluation.key_numbers import NO_RATIO


def balance_metrics(curve: pd.Series[float]) -> BalanceMetrics:
    """Figures of an account from its value over time (stake currency, indexed by time, UTC)."""
    history = pd.DataFrame({"date": pd.DatetimeIndex(curve.index), "total_quote": curve.to_numpy()})
    first, last = float(curve.iloc[0]), float(curve.iloc[-1])
    days = max((history["date"].iloc[-1] - history["date"].iloc[0]).days, 1)
    try:
        drawdown = calculate_max_drawdown_from_balance(history, relative=True)
        deepest = float(drawdown.relative_account_drawdown)
    except ValueError:  # it never moved
        deepest = 0.0
    return BalanceMetrics(
        net=last / first - 1.0,
        cagr=float(calculate_cagr(days, first, last)),
        sharpe=_ratio(calculate_sharpe_from_balance(history)),
        sortino=_ratio(calculate_sortino_from_balance(history)),
        calmar=_ratio(calculate_calmar_from_balance(history)),
        drawdown=deepest,
        days=days,
    )


def _ratio(value: float) -> float:
    return float("nan") if value == NO_RATIO else float(value)
