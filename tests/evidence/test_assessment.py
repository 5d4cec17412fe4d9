"""One call from a run's days, trades and candles to its verdict, and its JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.daily_returns import daily_returns
from freqai_regimes.evidence.assessment import assess
from freqai_regimes.evidence.monte_carlo import monte_carlo
from freqai_regimes.evidence.verdict import LUCK, NO_EDGE, SURVIVES
from tests.evidence.known_series import by_day
from tests.evidence.runs import random_walk, trade

FRAME = random_walk(6 * 400, 1)
CANDLES = {"AAA/USDT": FRAME}
BALANCE = 1000.0


def run(foresight: float) -> tuple[pd.Series, pd.DataFrame]:
    """Trades of two candles every 12, with so much knowledge of the future."""
    opens = FRAME["open"].to_numpy()
    generator = np.random.default_rng(2)
    trades = []
    for row in range(0, len(FRAME) - 12, 12):
        gains = opens[row + 2 : row + 10] / opens[row : row + 8] - 1
        wanted = foresight * gains / gains.std() + generator.standard_normal(8)
        begin = row + int(wanted.argmax())
        trades.append(trade(FRAME, begin, begin + 2, stake=500.0))
    frame = pd.DataFrame(trades)
    ends = FRAME["date"].iloc[[0, -1]]
    return daily_returns(
        frame["close_date"], frame["profit_abs"], ends.iloc[0], ends.iloc[1], BALANCE
    ), frame


def test_skill_survives_and_luck_does_not() -> None:
    daily, trades = run(1.0)
    found = assess(daily, trades, CANDLES, starting_balance=BALANCE, trials=50)
    assert found.verdict.words == SURVIVES
    assert found.record.trials == 50
    assert found.entries.p_value < 0.01
    assert found.delay.net_return < found.costs.at(1.0).net_return
    daily, trades = run(0.0)
    lucky = assess(daily, trades, CANDLES, starting_balance=BALANCE)
    assert lucky.verdict.words in (LUCK, NO_EDGE)


def test_everything_that_was_given_is_told_in_json() -> None:
    daily, trades = run(0.3)
    grid = pd.DataFrame({n: daily * n for n in (1.0, 0.5, -1.0)})
    found = assess(
        daily,
        trades,
        CANDLES,
        starting_balance=BALANCE,
        trials=3,
        arms={"half": daily * 0.5, "cash": daily * 0.0},
        grid=grid,
        monte_carlo=[monte_carlo("noisy", (1.0, 0.1), [])],
        seed=4,
    )
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert told["verdict"]["words"] == found.verdict.words
    assert told["differences"]["half"]["difference"]["value"] == pytest.approx(0.0, abs=1e-9)
    assert told["overfitting"]["configurations"] == 3
    assert told["monte_carlo"][0]["median_sharpe"] is None
    again = assess(daily, trades, CANDLES, starting_balance=BALANCE, trials=3, seed=4)
    assert again.intervals == found.intervals
    assert again.entries == found.entries


def test_a_run_without_trades_has_no_edge() -> None:
    _, trades = run(0.0)
    found = assess(by_day(np.zeros(200)), trades.iloc[:0], CANDLES, starting_balance=BALANCE)
    assert found.verdict.words == NO_EDGE
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("daily", "balance", "told"),
    [
        (by_day([0.1, 0.1]), 0.0, "starting_balance is 0.0"),
        (by_day([0.1, np.nan]), 1.0, "missing or infinite"),
        (by_day([0.1, 0.1, 0.1]).drop(pd.Timestamp("2024-01-02", tz="UTC")), 1.0, "by UTC day"),
        (by_day([0.1, 0.1]).tz_localize(None), 1.0, "by UTC day"),
    ],
)
def test_what_cannot_be_judged_is_refused(daily: pd.Series, balance: float, told: str) -> None:
    _, trades = run(0.0)
    with pytest.raises(RegimesError, match=told):
        assess(daily, trades, CANDLES, starting_balance=balance)
