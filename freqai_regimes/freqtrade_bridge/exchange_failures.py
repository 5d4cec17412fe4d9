"""Counts the requests to the exchange that failed, as freqtrade's own retries report them."""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime

#: Where freqtrade logs each failed try of a request, with these words.
SOURCE = "freqtrade.exchange.common"
WORDS = "returned exception"
LAST_WORDS = "Giving up."
MOST_KEPT = 200


class ExchangeFailures(logging.Handler):
    """Moments of failed requests, newest last, and of the last that failed in every try."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.moments: deque[datetime] = deque(maxlen=MOST_KEPT)
        self.given_up: datetime | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the moment of a failed request."""
        text, now = record.getMessage(), datetime.now(UTC)
        if WORDS in text:
            self.moments.append(now)
        if LAST_WORDS in text:
            self.given_up = now


def listen() -> ExchangeFailures:
    """Begin to count; a listener of an earlier bot in this process (/reload_config) is replaced."""
    source = logging.getLogger(SOURCE)
    for handler in list(source.handlers):
        if isinstance(handler, ExchangeFailures):
            source.removeHandler(handler)
    failures = ExchangeFailures()
    source.addHandler(failures)
    return failures
