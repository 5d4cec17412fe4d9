"""Determinism: the same candles give the same values, at any time of day and with any dice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np

from freqai_regimes.causality.finding import DETERMINISM, SURROUNDINGS, Finding
from freqai_regimes.causality.input_kept import early_row
from freqai_regimes.causality.shifted_clock import shifted_clock
from freqai_regimes.causality.subject import Output
from freqai_regimes.causality.table import Difference, first_difference
from freqai_regimes.causality.trial import Trial

#: Changes the year, the weekday, the hour and the minute.
ANOTHER_TIME = timedelta(days=400, hours=7, minutes=13, seconds=11)


def check_determinism(trial: Trial) -> Finding:
    """Compute twice; every bit must be the same."""
    market = trial.market.window(0, early_row(trial))
    fault = _difference(trial.on(market), trial.on(market))
    if fault is not None:
        return trial.failed(DETERMINISM, "computed twice on the same candles it differs", fault)
    return trial.passed(DETERMINISM, "computed twice it is the same")


def check_surroundings(trial: Trial) -> Finding:
    """Compute at two times of day with two states of the global random generators.

    The values must be the same, and the generators must be left as they were.
    """
    market = trial.market.window(0, early_row(trial))
    with _seeded(1) as touched:
        expected = trial.on(market)
        if touched():
            reason = "it draws from the global random generator, or sets it"
            return trial.failed(SURROUNDINGS, reason)
    with _seeded(2), shifted_clock(ANOTHER_TIME):
        got = trial.on(market)
    fault = _difference(expected, got)
    if fault is not None:
        reason = "it differs at another time of day, or with other random numbers"
        return trial.failed(SURROUNDINGS, reason, fault)
    return trial.passed(SURROUNDINGS, "neither clock nor random numbers move it")


@contextmanager
def _seeded(seed: int) -> Iterator[_Touched]:
    """Both global generators in a known state, put back afterwards."""
    python, numpy = random.getstate(), np.random.get_state(legacy=True)
    try:
        random.seed(seed)
        np.random.seed(seed)
        yield _Touched()
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


class _Touched:
    """Knows whether one of the global generators has moved since it was made."""

    def __init__(self) -> None:
        self._before = self._state()

    def __call__(self) -> bool:
        return self._state() != self._before

    @staticmethod
    def _state() -> tuple[object, ...]:
        state = np.random.get_state(legacy=False)["state"]
        return (random.getstate(), state["key"].tobytes(), state["pos"])


def _difference(expected: Output, got: Output) -> Difference | None:
    fault = first_difference(expected.values, got.values)
    if fault is None and expected.known_at is not None and got.known_at is not None:
        fault = first_difference(expected.known_at, got.known_at)
    return fault
