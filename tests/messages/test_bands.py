"""Bands beyond the stored texts: long frequencies, missing scores, options that cannot be."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.messages.bands import Band, BandOptions, band_number, decide, score_text

OPTIONS = BandOptions(
    positive_bands=(Band(edge=0.1, frequency_minutes=240, text="high"),),
    negative_bands=(Band(edge=-0.1, text="low"),),
)


def at(time: str) -> pd.Timestamp:
    return pd.Timestamp(f"2025-06-01 {time}", tz="UTC")


def test_a_frequency_above_an_hour_counts_from_midnight() -> None:
    due = [
        hour for hour in range(24) if decide(0.2, 1, at(f"{hour:02}:00"), OPTIONS).reason == "due"
    ]
    assert due == [0, 4, 8, 12, 16, 20]
    assert not decide(0.2, 1, at("04:01"), OPTIONS).send


def test_a_missing_score_is_in_no_band() -> None:
    assert band_number(float("nan"), OPTIONS) == 0
    assert not decide(float("nan"), 0, at("00:00"), OPTIONS).send


def test_turning_round_is_told_even_where_changes_are_not() -> None:
    quiet = OPTIONS.model_copy(update={"notify_band_up": False, "notify_band_down": False})
    assert decide(-0.2, 1, at("01:00"), quiet).reason == "turned"
    assert not decide(0.0, 1, at("01:00"), quiet).send


def test_the_same_band_a_second_time_is_silence() -> None:
    notice = decide(-0.2, -1, at("00:00"), OPTIONS)
    assert (notice.send, notice.reason, notice.arrow) == (False, "nothing new", "")


def test_prices_in_the_markets_own_digits() -> None:
    notice = decide(0.2, 1, at("04:00"), OPTIONS)
    text = score_text("ADA/USDT", 0.7, 0.2, notice, "1h", OPTIONS, tick=0.0001, secondary=-0.5)
    assert text == "ADAUSDT 0.7000 Indicator: +0.20 -0.50 high 1h"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"positive_bands": [{"edge": 0.1}, {"edge": 0.1}]}, "same edge"),
        ({"positive_bands": [{"edge": -0.1}]}, "above 0"),
        ({"negative_bands": [{"edge": 0.0}]}, "below 0"),
        ({"negative_bands": [{"edge": -0.1, "frequency_minutes": 0}]}, "greater than or equal"),
    ],
)
def test_options_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        BandOptions.model_validate(given)
