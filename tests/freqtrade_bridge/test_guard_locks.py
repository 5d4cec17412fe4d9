"""A guard's lock is lifted where it was set, and nowhere else, in a backtest as in a database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from freqtrade.persistence import PairLocks, Trade, init_db

from freqai_regimes.freqtrade_bridge import guard_locks

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = LONG_AGO + timedelta(hours=24)


@pytest.fixture(params=[True, False], ids=["database", "backtest"])
def locks(request: pytest.FixtureRequest) -> Iterator[None]:
    init_db("sqlite://")
    PairLocks.use_db, PairLocks.timeframe = request.param, "1h"
    PairLocks.reset_locks()
    yield
    PairLocks.use_db = True
    PairLocks.reset_locks()
    Trade.session.remove()


@pytest.mark.usefixtures("locks")
def test_only_the_own_lock_is_lifted() -> None:
    for pair in ("BTC/USDT", "ETH/USDT"):
        guard_locks.lock(pair, "model_trust", "3 candles", UNTIL, LONG_AGO)
    guard_locks.lift("BTC/USDT", "model_trust", LONG_AGO + timedelta(hours=1))
    now = LONG_AGO + timedelta(hours=2)
    assert not guard_locks.is_locked("BTC/USDT", "model_trust", now)
    assert not PairLocks.is_pair_locked("BTC/USDT", now)
    assert guard_locks.is_locked("ETH/USDT", "model_trust", now)
    assert PairLocks.is_pair_locked("ETH/USDT", now)
