"""How often a live bot really retrains, in whole candles: the backtest's windows are set to it."""

from __future__ import annotations

import math
from typing import Any

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SECONDS_AFTER_CANDLE

SECONDS_PER_DAY = 86_400
SECONDS_PER_HOUR = 3_600


def live_period_seconds(config: dict[str, Any]) -> int:
    """Seconds between two trainings of a bot that looks just after each candle.

    FreqAI trains at the first look that is more than ``live_retrain_hours`` after the last window's
    end, and our windows end where a candle does.

    >>> freqai = {"live_retrain_hours": 1.0}
    >>> live_period_seconds({"timeframe": "5m", "freqai": freqai})
    3600
    >>> live_period_seconds({"timeframe": "5m", "freqai": {"live_retrain_hours": 0.45}})
    1800
    """
    step = timeframe_seconds(config["timeframe"])
    wanted = float(config["freqai"].get("live_retrain_hours", 0)) * SECONDS_PER_HOUR
    return step * max(1, math.floor((wanted - SECONDS_AFTER_CANDLE) / step) + 1)


def period_days(seconds: int) -> float:
    """The value of ``backtest_period_days`` for windows of so many seconds.

    FreqAI cuts the product to whole seconds, so half a second is added.

    >>> int(period_days(3600) * 86_400)
    3600
    """
    return (seconds + 0.5) / SECONDS_PER_DAY
