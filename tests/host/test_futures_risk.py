"""Longs and shorts on isolated margin in freqtrade's own backtest: leverage, stops, caps, costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import small_market
from tests.host.test_guards import RANGE

STOP, WANTED, CAP = 0.01, 20.0, 0.5
BOTH_SIDES: dict[str, Any] = {
    "stoploss": -0.95,
    "position_adjustment_enable": False,
    "fee": 0.0005,
    "regimes": {
        "entry": "regime",
        "exposure": {"bull": 1.0, "sideways": 0.0, "bear": -1.0, "target_volatility": None},
        "exits": {"stop": STOP},
        "leverage": {"wanted": WANTED, "liquidation_buffer": 5.0},
        "caps": {"pair": CAP},
    },
}


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Backtested:
    folder = tmp_path_factory.mktemp("futures")
    market = small_market(
        folder / "market",
        seed=6,
        annual_volatility=2.0,
        timeframes=("5m", "15m", "1h"),
        futures=True,
    )
    return run(folder / "run", market, BOTH_SIDES, timerange=RANGE, model=False, futures=True)


def test_longs_and_shorts_are_leveraged_as_far_as_the_stop_allows(traded: Backtested) -> None:
    trades = traded.trades
    assert set(trades["is_short"]) == {True, False}
    # Shipped tiers of these pairs begin with a maintenance rate of 0.4 to 1 %.
    assert ((trades["leverage"] > 10) & (trades["leverage"] < WANTED)).all()


def test_every_stop_comes_before_liquidation(traded: Backtested) -> None:
    assert "liquidation" not in set(traded.trades["exit_reason"])
    stopped = traded.trades[traded.trades["exit_reason"].isin(["stop_loss", "trailing_stop_loss"])]
    assert len(stopped) >= 3
    move = stopped["close_rate"] / stopped["open_rate"] - 1
    against = move.where(stopped["is_short"], -move)
    assert against.to_numpy() == pytest.approx(STOP, abs=0.002)


def test_no_position_is_worth_more_than_its_cap(traded: Backtested) -> None:
    value = traded.trades["stake_amount"] * traded.trades["leverage"]
    assert (value <= 10_000 * 1.5 * CAP).all() and (value > 1000).all()
    first = traded.trades.sort_values("open_date").iloc[0]
    assert first["stake_amount"] * first["leverage"] == pytest.approx(9900 * CAP, rel=0.01)
