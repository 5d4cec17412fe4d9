"""The table of arms on the terminal, on the page and as JSON, with an arm that failed."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from freqai_regimes.evaluation.arms import (
    ArmCosts,
    ArmResult,
    BalanceMetrics,
    arms_section,
    print_arms,
)
from freqai_regimes.evaluation.equity import Account
from freqai_regimes.freqtrade_bridge.balance_metrics import balance_metrics

NAN = float("nan")


@pytest.fixture
def arms(tiny_trades: pd.DataFrame, tiny_stats: dict[str, Any]) -> list[ArmResult]:
    balance = BalanceMetrics(0.1, 0.2, 1.5, NAN, 3.0, 0.05, 300)
    account = Account(pd.Series([1.0, 1.1]), "here")
    stats = tiny_stats | {"pairlist": ["AAA/USDT", "BBB/USDT"], "sqn": -100.0}
    return [
        ArmResult(
            "own", "<b>mine</b>", account, balance, ArmCosts(3.0, -1.0, 3e3), tiny_trades, stats
        ),
        ArmResult("other", "another", failed="the disk is full"),
        ArmResult("hold", "kept", account, balance, ArmCosts(1.0, 0.0, 1e3)),
    ]


def test_terminal(arms: list[ArmResult]) -> None:
    out = io.StringIO()
    print_arms(arms, Console(file=out, width=100))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    own = next(line for line in text.splitlines() if " own " in line)
    cells = [cell.strip() for cell in own.strip("│").split("│")]
    # 660 minutes of trades in two pairs over twelve hours.
    assert cells == ["own", "+10.0 %", "+20.0 %", "1.50", "-", "5.0 %", "4", "45.8 %", "3.00"]
    assert "other failed: the disk is full" in text


def test_page(arms: list[ArmResult]) -> None:
    page = arms_section(arms, {"pooled": "it makes the trades of 'own'"}, futures=True)
    assert "&lt;b&gt;mine&lt;/b&gt;" in page and "<b>" not in page
    assert "another Failed: the disk is full" in page
    assert "open position counts" in page
    assert "Not run: it makes the trades of" in page
    assert "-100" not in page  # freqtrade's word for no ratio


def test_json_has_no_nan(arms: list[ArmResult]) -> None:
    plain = json.loads(json.dumps([arm.to_json() for arm in arms], allow_nan=False))
    assert plain[0]["sortino"] is None
    assert plain[0]["turnover"] == 3000.0
    assert plain[1]["failed"] == "the disk is full" and "net" not in plain[1]
    assert plain[2]["trades"] is None


def test_figures_of_a_balance_are_freqtrades() -> None:
    days = pd.date_range("2024-01-01", periods=4, tz="UTC")
    found = balance_metrics(pd.Series([100.0, 110.0, 99.0, 121.0], days))
    assert found.net == pytest.approx(0.21)
    assert found.drawdown == pytest.approx(0.1)
    assert found.cagr == pytest.approx(1.21 ** (365 / 3) - 1)
    # Returns 0.1, -0.1, 2/9: mean 2/27, deviation 0.13279 (divided by 3).
    assert found.sharpe == pytest.approx(2 / 27 / 0.1328 * 365**0.5, rel=1e-3)
    flat = balance_metrics(pd.Series([100.0] * 4, days))
    assert flat.net == flat.drawdown == 0.0
    assert pd.isna(flat.sharpe)
