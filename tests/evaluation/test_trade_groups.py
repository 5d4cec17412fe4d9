"""Trades put together by month, tag and exit reason, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.evaluation.regime_table import checked_trades
from freqai_regimes.evaluation.trade_groups import enter_tags, exit_reasons, months, trade_groups


def test_groups(tiny_trades: pd.DataFrame) -> None:
    trades = checked_trades(tiny_trades)
    by_reason = trade_groups(trades, exit_reasons(trades), 1000.0)
    assert by_reason["trades"].to_dict() == {"roi": 3, "stop_loss": 1}
    roi = by_reason.loc["roi"]
    assert roi["profit_abs"] == 45.0 and roi["profit_ratio"] == 0.045
    assert roi["win_rate"] == pytest.approx(2 / 3)
    assert roi["mean_profit_ratio"] == pytest.approx(0.015)
    assert set(months(trades)) == {"2025-01"}
    assert enter_tags(trades).to_list() == ["bull", "no tag", "bull", "no tag"]


def test_no_trades() -> None:
    trades = checked_trades(pd.DataFrame())
    for keys in (months(trades), exit_reasons(trades), enter_tags(trades)):
        assert trade_groups(trades, keys, 1000.0).empty
