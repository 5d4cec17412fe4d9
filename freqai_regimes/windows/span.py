"""From when to when a training window reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from freqai_regimes.windows.options import WindowSettings

SECONDS_PER_DAY = 86400


@dataclass(frozen=True)
class TrainingSpan:
    """Candles that open in ``[start, stop)``, in epoch seconds; start 0: all there are."""

    start: int
    stop: int


def training_span(settings: WindowSettings, train_period_days: int, stop: int) -> TrainingSpan:
    """The window that ends at ``stop`` (epoch seconds).

    Rolling windows are ``train_period_days`` long. Expanding ones begin at the anchor; they are
    never shorter than that, and never longer than ``longest_days``.

    >>> training_span(WindowSettings(), 2, 10 * 86400).start // 86400
    8
    >>> training_span(WindowSettings(span="expanding"), 2, 10 * 86400).start
    0
    """
    start = stop - train_period_days * SECONDS_PER_DAY
    if settings.span == "expanding":
        anchor = 0
        if settings.anchor is not None:
            anchor = int(datetime.combine(settings.anchor, time(), UTC).timestamp())
        start = min(start, anchor)
        if settings.longest_days is not None:
            start = max(start, stop - settings.longest_days * SECONDS_PER_DAY)
    return TrainingSpan(max(start, 0), stop)
