"""How often a bot retrains, in whole candles: live windows end where a backtest's can."""

from __future__ import annotations

import math
from typing import Any

from freqai_regimes.candles import timeframe_seconds

SECONDS_PER_DAY = 86_400
SECONDS_PER_HOUR = 3_600


def retrain_seconds(config: dict[str, Any]) -> int:
    """Seconds between two trainings: ``live_retrain_hours``, rounded up to whole candles.

    >>> freqai = {"live_retrain_hours": 0.24}
    >>> retrain_seconds({"timeframe": "1m", "freqai": freqai})
    900
    >>> retrain_seconds({"timeframe": "4h", "freqai": {"live_retrain_hours": 0}})
    14400
    """
    step = timeframe_seconds(config["timeframe"])
    wanted = float(config["freqai"].get("live_retrain_hours", 0)) * SECONDS_PER_HOUR
    return step * max(1, math.ceil(round(wanted / step, 6)))


def retrain_in_whole_candles(config: dict[str, Any]) -> None:
    """Let FreqAI count so, too.

    It trains as soon as more than ``live_retrain_hours`` have passed, wherever in a candle that is,
    and our windows are cut to the last whole candle: with 0.24 hours and candles of 1m it would
    train each 14 minutes, not each 15, and with 719 hours and 4h each 716.
    """
    config["freqai"]["live_retrain_hours"] = retrain_seconds(config) / SECONDS_PER_HOUR


def period_days(seconds: int) -> float:
    """The value of ``backtest_period_days`` for windows of so many seconds.

    FreqAI cuts the product to whole seconds, so half a second is added.

    >>> int(period_days(3600) * 86_400)
    3600
    """
    return (seconds + 0.5) / SECONDS_PER_DAY
