"""Triggers: what starts a training, what does not, and what is said about it."""

from __future__ import annotations

from typing import Any

from freqai_regimes.model_life.degradation import Finding
from freqai_regimes.model_life.triggers import RetrainDecision, TriggerOptions, decide

HOUR = 3600.0
NOW = 1_700_000_000.0
DRIFTED = {"trades": Finding(False, "few"), "drift": Finding(True, "index 3 > 2")}


def decided(**changes: Any) -> RetrainDecision:
    given: dict[str, Any] = {
        "now": NOW,
        "tried_at": NOW - 2 * HOUR,
        "champion_until": NOW - 30 * HOUR,
        "pinned": False,
        "alarms": DRIFTED,
        "options": TriggerOptions(on_alarm="retrain"),
        "every_hours": 24.0,
    }
    return decide(**given | changes)


def test_an_alarm_starts_a_training() -> None:
    assert decided() == RetrainDecision(True, "drift", "index 3 > 2")
    assert decided(alarms={}) == RetrainDecision(False, "none", "no alarm")


def test_alarms_are_only_told_by_default() -> None:
    told = decided(options=TriggerOptions())
    assert told == RetrainDecision(False, "drift", "told only: index 3 > 2")


def test_cooling_off_after_any_training() -> None:
    soon = decided(tried_at=NOW - 0.9 * HOUR)
    assert soon == RetrainDecision(False, "drift", "cooling off after a training: index 3 > 2")
    assert decided(tried_at=NOW - 1.1 * HOUR).retrain


def test_the_schedule_needs_no_alarm_and_no_cooling_off() -> None:
    due = decided(alarms={}, tried_at=NOW - 25 * HOUR)
    assert due == RetrainDecision(True, "schedule", "25.0 h since the last training")


def test_age_counts_from_the_champions_window_and_starts_a_training_whatever_alarms_do() -> None:
    options = TriggerOptions(maximum_age_hours=24)
    assert decided(alarms={}, options=options) == RetrainDecision(
        True, "age", "30.0 h old, 24 allowed"
    )
    assert not decided(alarms={}, options=options, champion_until=NOW - 20 * HOUR).retrain
    assert not decided(alarms={}, options=options, champion_until=None).retrain


def test_a_pinned_champion_is_never_trained_again() -> None:
    assert decided(pinned=True, tried_at=0.0) == RetrainDecision(
        False, "pin", "the champion is pinned"
    )
