"""The page and the lines of an assessment name every statistic, its assumption and the verdict."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from freqai_regimes.evidence.assessment import Assessment, assess
from freqai_regimes.evidence.assessment_page import (
    costs_section,
    lines,
    rows,
    statistics_section,
    verdict_section,
)
from freqai_regimes.evidence.monte_carlo import monte_carlo

DAYS = pd.date_range("2024-01-01", periods=200, tz="UTC")


def assessed(trades: pd.DataFrame) -> Assessment:
    daily = pd.Series(np.random.default_rng(0).normal(0.001, 0.01, len(DAYS)), DAYS)
    opens = pd.DataFrame({"date": DAYS, "open": 100.0 + np.arange(len(DAYS))})
    monte = monte_carlo("resampled", (1.0, 0.1), [(0.5, 0.05)] * 5)
    return assess(
        daily if len(trades) else daily * 0.0,
        trades,
        {"BTC/USDT": opens},
        starting_balance=1000.0,
        trials=7,
        arms={"<hold>": daily / 2},
        monte_carlo=[monte],
    )


def trade(day: int) -> dict[str, object]:
    return {
        "pair": "BTC/USDT",
        "open_date": DAYS[day],
        "close_date": DAYS[day + 2],
        "open_rate": 100.0 + day,
        "close_rate": 102.0 + day,
        "amount": 1.0,
        "fee_open": 0.001,
        "fee_close": 0.001,
        "is_short": False,
        "profit_abs": 1.7,
    }


TRADES = pd.DataFrame([trade(day) for day in range(0, 40, 4)])


def test_every_statistic_says_what_it_assumes() -> None:
    found = assessed(TRADES)
    told = rows(found)
    assert all(value and assumes for _, value, _, assumes in told)
    named = " ".join(name for name, *_ in told)
    for wanted in ("Deflated", "Least track record", "Random entries", "<hold>", "Monte Carlo"):
        assert wanted in named
    page = statistics_section(found)
    assert page.count("Assumes: ") == len(told)
    assert "&lt;hold&gt;" in page and "<hold>" not in page


def test_the_verdict_stands_on_the_page_and_in_the_last_line() -> None:
    found = assessed(TRADES)
    assert lines(found)[-1].startswith(f"Verdict: {found.verdict.words}. ")
    page = verdict_section(found, "7 were tried.")
    assert f'<p class="verdict">{found.verdict.words}</p>' in page
    assert page.count("<tr") == 1 + len(found.verdict.checks)
    assert "7 were tried." in page


def test_costs_by_hand() -> None:
    page = costs_section(assessed(TRADES), "USDT", 0.0001, -3.0)
    shown = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert shown["Fee of a side"] == "10.0 bps"
    assert shown["Slippage assumed, not charged"] == "1.0 bps"
    assert shown["Funding USDT"] == "-3.00"
    # Ten trades bought at 100 to 136 and sold two higher: 2,380 in all, a thousandth of it paid.
    assert (shown["Turnover USDT"], shown["Fees USDT"]) == ("2,380", "2.38")


def test_a_run_without_a_trade_is_told_too() -> None:
    found = assessed(pd.DataFrame(columns=list(TRADES)))  # as freqtrade's: no types either
    assert found.verdict.words == "no edge"
    page = statistics_section(found) + costs_section(found, "USDT", 0.0, 0.0)
    page += verdict_section(found, "none")
    assert "nan" not in page and "Breaks even at" in page
    assert lines(found)[-1].startswith("Verdict: no edge")
