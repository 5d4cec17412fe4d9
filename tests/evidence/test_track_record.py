"""Deflation of a run's days, against the example of Bailey and López de Prado 2014."""

from __future__ import annotations

import math

import numpy as np
import pytest

from freqai_regimes.evidence.track_record import track_record
from tests.evidence.known_series import autoregression, by_day


def test_the_ratio_of_the_paper_needs_no_more_trials_than_the_paper_says() -> None:
    # 1,250 days, annual ratio 2.5 on 250 days, 100 trials of variance 1/2 a year, normal returns:
    # "The deflated Sharpe ratio" gives an expected maximum of 0.1132 a day.
    days = autoregression(0.0, 1250)
    days = (days - days.mean()) / days.std(ddof=1) + 2.5 / math.sqrt(250)
    found = track_record(by_day(days * 0.01), trials=100, trial_variance=0.5 / 250)
    assert found.sharpe == pytest.approx(2.5 / math.sqrt(250) * math.sqrt(365))
    assert found.chance == pytest.approx(0.1132 * math.sqrt(365), abs=0.002)
    distance = (0.1581139 - 0.1131866) * math.sqrt(1249)
    spread = math.sqrt(1 - found.skewness * 0.1581139 + (found.kurtosis - 1) / 4 * 0.1581139**2)
    expected = 0.5 * (1 + math.erf(distance / spread / math.sqrt(2)))
    assert found.dsr == pytest.approx(expected, abs=1e-3)
    assert found.days_needed < 1250 if found.dsr > 0.95 else found.days_needed > 1250


def test_each_trial_raises_the_bar() -> None:
    days = by_day(autoregression(0.0, 700) * 0.01 + 0.001)
    records = [track_record(days, trials) for trials in (1, 10, 1000)]
    assert records[0].dsr == records[0].psr
    assert records[0].dsr > records[1].dsr > records[2].dsr
    assert "the best of 1000 tried" in records[2].reason


def test_an_account_that_never_moved_is_worth_nothing() -> None:
    found = track_record(by_day(np.zeros(30)), 5)
    assert found.sharpe == 0
    assert math.isinf(found.days_needed)
