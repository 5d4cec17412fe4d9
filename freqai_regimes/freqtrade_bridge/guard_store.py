"""Where guards keep what they remember: the trade database when live, memory in a backtest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from freqtrade.persistence import KeyValueStore, Trade

from freqai_regimes.risk.guards.decision import Memory

PREFIX = "regimes_guard_"
#: The database's column holds 255 characters.
MOST_REASON_CHARACTERS = 110


@dataclass(frozen=True)
class Trip:
    """A tripped guard: since when, until when (seconds since 1970), and why."""

    since: float
    until: float
    reason: str


@dataclass(frozen=True)
class GuardState:
    """One guard's memory (None: begins at the next candle), and its trip if it is tripped."""

    memory: Memory | None = None
    trip: Trip | None = None


@dataclass
class GuardStore:
    """Reads and writes the state of each guard by its name, one row a guard.

    A row holds memory and trip together and is committed at once: a bot that is killed at any
    moment finds the state before or the state after.
    """

    _states: dict[str, GuardState] = field(default_factory=dict)

    def read(self, name: str) -> GuardState:
        """The guard's state; an empty one if it has none yet."""
        if name not in self._states:
            text = KeyValueStore.get_string_value(PREFIX + name) if Trade.use_db else None
            self._states[name] = _parse(text) if text else GuardState()
        return self._states[name]

    def write(self, name: str, state: GuardState) -> None:
        """Keep a guard's state if it has changed."""
        if state == self.read(name):
            return
        if Trade.use_db:
            KeyValueStore.store_value(PREFIX + name, _text(state))
        self._states[name] = state


def _text(state: GuardState) -> str:
    parts: dict[str, Any] = {"memory": dict(state.memory) if state.memory is not None else None}
    if state.trip is not None:
        trip = state.trip
        parts["trip"] = [trip.since, trip.until, trip.reason[:MOST_REASON_CHARACTERS]]
    return json.dumps(parts, separators=(",", ":"))


def _parse(text: str) -> GuardState:
    parts = json.loads(text)
    trip = Trip(*parts["trip"]) if "trip" in parts else None
    return GuardState(parts["memory"], trip)
