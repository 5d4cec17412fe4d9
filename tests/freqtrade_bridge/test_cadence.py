"""The period at which a bot retrains, by FreqAI's own rule, and as a backtest's window."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.freqtrade_bridge.cadence import (
    period_days,
    retrain_in_whole_candles,
    retrain_seconds,
)


@pytest.mark.parametrize(
    ("hours", "timeframe", "seconds"),
    [
        (0.24, "1m", 900),
        (0.25, "1m", 900),
        (0.9, "5m", 3300),
        (1.0, "5m", 3600),
        (0.0, "5m", 300),
        (47.5, "5m", 171_000),
        (719, "4h", 2_592_000),
    ],
)
def test_freqai_trains_just_after_the_candle_at_which_the_period_ends(
    hours: float, timeframe: str, seconds: int
) -> None:
    freqai = {"live_retrain_hours": hours, "feature_parameters": {"include_timeframes": ["5m"]}}
    config = {"timeframe": timeframe, "freqai": freqai}
    assert retrain_seconds(config) == seconds
    assert int(period_days(seconds) * 86_400) == seconds
    retrain_in_whole_candles(config)
    assert retrain_seconds(config) == seconds
    kitchen = object.__new__(FreqaiDataKitchen)
    kitchen.freqai_config, kitchen.config = freqai, {}
    trained = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    for passed, due in ((seconds - 1, False), (seconds, False), (seconds + 1, True)):
        with time_machine.travel(trained + passed, tick=False):
            assert kitchen.check_if_new_training_required(int(trained))[0] is due
