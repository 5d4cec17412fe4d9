"""Guards of what a pair is fed, and of the connection: counts by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from freqai_regimes.risk.guards.exchange_trouble import ExchangeTrouble
from freqai_regimes.risk.guards.model_trust import ModelTrust
from freqai_regimes.risk.guards.options import GuardSettings
from freqai_regimes.risk.guards.stale_candles import StaleCandles, flat_run, run_length

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "flat", "tripped"), [(0, 0, False), (2, 2, False), (3, 0, True), (0, 3, True)]
)
def test_stale_candles_are_late_or_filled_in(late: int, flat: int, tripped: bool) -> None:
    decision = StaleCandles(3).decide(late, flat)
    assert decision.tripped is tripped and bool(decision.reason) is tripped


def test_a_candle_counts_as_filled_only_without_volume_and_without_movement() -> None:
    candles = pd.DataFrame(
        {
            "open": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            "high": [1.0, 1.0, 1.1, 1.0, 1.0, 1.0],
            "low": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            "close": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            "volume": [0.0, 0.0, 0.0, 0.0, 5.0, 0.0],
        }
    )
    assert flat_run(candles).tolist() == [1, 2, 0, 1, 0, 1]


def test_a_run_at_a_row_needs_no_later_row() -> None:
    mask = pd.Series([True, False, True, True, True, False, True])
    for end in range(1, len(mask) + 1):
        assert run_length(mask[:end]).tolist() == run_length(mask).tolist()[:end]


def test_the_model_may_be_untrusted_for_a_while_and_old_up_to_the_limit() -> None:
    guard = ModelTrust(3, 48.0)
    assert not guard.decide(2, 48.0).tripped
    assert guard.decide(3, 1.0).reason == "3 candles without a trusted prediction"
    assert guard.decide(0, 48.1).tripped
    assert not ModelTrust(None, None).decide(99, 1e6).tripped


def test_failures_count_within_their_window_only() -> None:
    guard = ExchangeTrouble(3, window_minutes=10, pause_minutes=5)
    old = [NOW - timedelta(minutes=minutes) for minutes in (30, 20, 10, 9, 1)]
    assert not guard.decide(old, NOW).tripped
    decision = guard.decide([*old, NOW], NOW)
    assert decision.tripped and decision.until == NOW + timedelta(minutes=5)


def test_only_guards_of_broken_inputs_are_on_by_default() -> None:
    settings = GuardSettings()
    assert settings.account_guards() == []
    assert settings.candle_guard() == StaleCandles(3)
    assert settings.model_guard(24.0, gated=False) == ModelTrust(3, 72.0)
    assert settings.model_guard(24.0, gated=True) == ModelTrust(3, 720.0)
    assert settings.exchange_guard() == ExchangeTrouble(10, 10.0, 10.0)
    off = GuardSettings(stale_candles=0, untrusted_candles=0, exchange_errors=0, model_age_hours=5)
    assert off.candle_guard() is None and off.exchange_guard() is None
    assert off.model_guard(24.0, gated=True) == ModelTrust(None, 5.0)
