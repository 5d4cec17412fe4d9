"""The period at which a bot retrains, by FreqAI's own rule, and as a backtest's window."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.freqtrade_bridge.stepped_bot.cadence import live_period_seconds, period_days
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SECONDS_AFTER_CANDLE


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
def test_the_period_is_the_first_look_at_which_freqai_would_train(
    hours: float, timeframe: str, seconds: int
) -> None:
    freqai = {"live_retrain_hours": hours, "feature_parameters": {"include_timeframes": ["5m"]}}
    found = live_period_seconds({"timeframe": timeframe, "freqai": freqai})
    assert found == seconds
    assert int(period_days(found) * 86_400) == seconds
    kitchen = object.__new__(FreqaiDataKitchen)
    kitchen.freqai_config, kitchen.config = freqai, {}
    trained = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    step = {"1m": 60, "5m": 300, "4h": 14_400}[timeframe]
    for look, wanted in ((found, True), (found - step, False)):
        with time_machine.travel(trained + look + SECONDS_AFTER_CANDLE, tick=False):
            due, _, _ = kitchen.check_if_new_training_required(int(trained))
        assert due is wanted or look == 0  # without a pause it is due at once, and trained there
