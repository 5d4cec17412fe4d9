"""Orders a candle late, by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from freqai_regimes.errors import CandleError
from freqai_regimes.evidence.delay_stress import delay_stress
from tests.evidence.known_series import by_day
from tests.evidence.runs import candles, trade

FRAME = candles([100, 104, 110, 108, 107, 107])


def test_each_order_gets_the_open_after_its_own() -> None:
    trades = pd.DataFrame([trade(FRAME, 0, 2, fee=0.0)])  # 100 to 110; late: 104 to 108
    found = delay_stress(by_day([0.01]), trades, {"AAA/USDT": FRAME}, 1000.0)
    assert found.net_return == pytest.approx(0.004)
    assert found.kept == pytest.approx(0.4)
    assert (found.moved, found.orders) == (2, 2)


def test_a_short_and_its_fees_are_late_too() -> None:
    trades = pd.DataFrame([trade(FRAME, 2, 4, short=True, stake=110.0)])  # late: 108 to 107
    profit = 3 - 0.001 * (110 + 107)
    found = delay_stress(by_day([profit / 1000]), trades, {"AAA/USDT": FRAME}, 1000.0)
    assert found.net_return == pytest.approx((1 - 0.001 * (108 + 107)) / 1000)


def test_the_last_candle_has_no_later_one() -> None:
    trades = pd.DataFrame([trade(FRAME, 4, 5, fee=0.0)])
    found = delay_stress(by_day([0.0]), trades, {"AAA/USDT": FRAME}, 1000.0)
    assert (found.net_return, found.moved) == (0.0, 0)
    assert math.isnan(found.kept)


def test_a_pair_without_candles_is_named() -> None:
    with pytest.raises(CandleError, match="No candles of AAA/USDT"):
        delay_stress(by_day([0.0]), pd.DataFrame([trade(FRAME, 0, 2)]), {}, 1000.0)
