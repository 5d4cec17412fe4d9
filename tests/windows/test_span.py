"""Where windows begin, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from freqai_regimes.windows.options import WindowSettings
from freqai_regimes.windows.span import TrainingSpan, training_span

DAY = 86400
STOP = 1_704_240_000  # 2024-01-03, 19725 days after the epoch


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        (WindowSettings(), 3),
        (WindowSettings(span="expanding"), STOP // DAY),
        (WindowSettings(span="expanding", longest_days=10), 10),
        (WindowSettings(span="expanding", anchor=date(2023, 12, 31)), 3),
        (WindowSettings(span="expanding", anchor=date(2023, 12, 24)), 10),
        (WindowSettings(span="expanding", anchor=date(2023, 12, 24), longest_days=5), 5),
        (WindowSettings(span="expanding", anchor=date(2030, 1, 1)), 3),
    ],
    ids=["rolling", "all", "capped", "train_period_days is the least", "anchor", "both", "later"],
)
def test_it_reaches_back_so_many_days(settings: WindowSettings, days: int) -> None:
    assert training_span(settings, 3, STOP) == TrainingSpan(STOP - days * DAY, STOP)


def test_it_never_begins_before_the_epoch() -> None:
    assert training_span(WindowSettings(), 3, DAY).start == 0
