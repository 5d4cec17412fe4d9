"""The grid: each choice is what the rule alone gives, the months add up, the best is deflated."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.evaluation.alternating_trades import Market, pooled, trades_of, transactions
from freqai_regimes.evaluation.deflated_sharpe import SharpeSample, deflated_sharpe_ratio
from freqai_regimes.evaluation.threshold_grid import by_month, evaluate, search, steps

COST = 0.001


def market(rows: int = 3000, seed: int = 1, start: str = "2024-01-15") -> Market:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(rng.normal(0, 0.01, rows).cumsum())
    score = np.convolve(rng.normal(0, 1, rows), np.ones(8) / 8, "same").clip(-1, 1)
    dates = pd.date_range(start, periods=rows, freq="h", tz="UTC")
    return Market.of(pd.DataFrame({"date": dates, "open": close, "close": close, "s": score}), "s")


def test_each_choice_is_the_rule_by_itself_and_the_best_comes_first() -> None:
    one = market()
    buys, sells = steps(0.1, 0.5, 3), [-0.4, -0.2]
    found = search([one], buys, sells, direction="long", cost=COST)
    assert {(c.buy_threshold, c.sell_threshold) for c in found.choices} == {
        (buy, sell) for buy in buys for sell in sells
    }
    monthly = [choice.performance["long"].monthly_return for choice in found.choices]
    assert monthly == sorted(monthly, reverse=True)
    for choice in found.choices:
        rows = transactions(one, choice.buy_threshold, choice.sell_threshold)
        trades = trades_of(one, rows, COST)
        assert choice.performance == pooled([rows], [trades], one.days)


def test_with_equal_thresholds_there_are_as_many_choices_as_buys() -> None:
    found = search([market()], [0.1, 0.2], None)
    assert {(c.buy_threshold, c.sell_threshold) for c in found.choices} == {
        (0.1, -0.1),
        (0.2, -0.2),
    }


def test_days_and_months_add_up_to_the_whole() -> None:
    markets = [market(), market(seed=2)]
    choice = evaluate(markets, 0.2, -0.2, direction="both", cost=COST)
    months = by_month(markets, 0.2, -0.2, COST)
    assert list(months) == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]
    for name, whole in choice.performance.items():
        assert sum(own[name] for own in months.values()) == pytest.approx(whole.total_return)
    trades = sum(own["trades"] for own in months.values())
    assert trades == choice.performance["both"].transactions - 2  # the first buys close nothing
    days = choice.sample.observations
    assert days == markets[0].days == 125
    mean = choice.performance["both"].total_return / days
    assert np.sign(choice.sample.sharpe) == np.sign(mean)


def test_two_pairs_with_half_the_money_each() -> None:
    pair = [market(), market(seed=2)]
    each = [evaluate([one], 0.2, -0.2, direction="both", cost=0) for one in pair]
    both = evaluate(pair, 0.2, -0.2, direction="both", cost=0).performance["both"]
    alone = [one.performance["both"] for one in each]
    assert both.total_return == pytest.approx(sum(one.total_return for one in alone) / 2)
    assert both.transactions == sum(one.transactions for one in alone)


def test_the_best_is_deflated_by_the_size_of_the_grid() -> None:
    found = search([market()], steps(0.1, 0.5, 5), -steps(0.1, 0.5, 5))
    ratios = [choice.sample.sharpe for choice in found.choices]
    assert found.variance == pytest.approx(np.var(ratios, ddof=1))
    best = found.choices[0].sample
    assert isinstance(best, SharpeSample)
    assert found.dsr == deflated_sharpe_ratio(best, 25, found.variance)
    assert found.dsr_by_chance == deflated_sharpe_ratio(best, 25, 1 / 124)
    assert max(found.dsr, found.dsr_by_chance) < found.psr


def test_four_hundred_choices_on_a_hundred_thousand_candles_take_seconds() -> None:
    one = market(100_000)
    begin = time.process_time()
    search([one], steps(0.02, 0.4, 20), -steps(0.02, 0.4, 20), cost=COST)
    assert time.process_time() - begin < 10
