"""Asks the guards of each pair's inputs: its candles, and its model where the model is used."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from freqai_regimes.freqtrade_bridge import guard_locks
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.guard_store import GuardState, GuardStore
from freqai_regimes.risk.guards.decision import GuardDecision
from freqai_regimes.risk.guards.model_trust import ModelTrust
from freqai_regimes.risk.guards.stale_candles import StaleCandles

logger = logging.getLogger(__name__)

#: A lock is renewed as often while its cause lasts, and lifted when it is gone.
LOCK_HOURS = 24


@dataclass(frozen=True)
class PairTrip:
    """A tripped guard of one pair; lifted by the user while its cause still lasts, or not."""

    reason: str
    locked_until: datetime
    unlocked: bool = False


class PairGuards:
    """Remembers which pairs are blocked by what they are fed; begins anew with each start.

    How many untrusted candles in a row were asked about lies in the trade database when live: a
    restart among them goes on counting. ``model`` is None where the model decides nothing.
    """

    def __init__(
        self, candles: StaleCandles | None, model: ModelTrust | None, view: CandleView
    ) -> None:
        self.candles = candles
        self.model = model
        self.view = view
        self._trips: dict[tuple[str, str], PairTrip] = {}
        self._seen: set[tuple[str, str]] = set()
        self._begun: dict[str, datetime] = {}
        self._store = GuardStore()

    def judge_candles(self, pair: str, moment: datetime) -> None:
        """Ask about the candles that a pair has at a candle boundary."""
        if self.candles is not None:
            decision = self.candles.decide(*self.view.late_and_flat(pair, moment))
            self._keep(pair, self.candles.name, decision, moment)

    def judge_model(self, pair: str, moment: datetime, *, live: bool = False) -> None:
        """Ask about the model that a pair has at a candle boundary.

        Candles that were not judged do not count, from before a backtest or while a bot was off:
        nothing was predicted then; nor does the very first one that a live bot sees, which had
        closed when it started.
        """
        if self.model is not None:
            run, age = self.view.untrusted_and_age(pair, moment)
            if live:
                run = self._judged_in_a_row(pair, run, moment)
            else:
                since = moment - self._begun.setdefault(pair, moment)
                run = min(run, since // self.view.length + 1)
            decision = self.model.decide(run, age)
            self._keep(pair, self.model.name, decision, moment)

    def refusal(self, pair: str) -> str | None:
        """Why no entry into the pair and no increase may be made; None if one may."""
        for name in (StaleCandles.name, ModelTrust.name):
            trip = self._trips.get((pair, name))
            if trip is not None and not trip.unlocked:
                return f"guard {name}: {trip.reason}"
        return None

    def forget(self) -> None:
        """Begin anew: another run of the same strategy (hyperopt)."""
        self._trips.clear()
        self._seen.clear()
        self._begun.clear()

    def _judged_in_a_row(self, pair: str, run: int, moment: datetime) -> int:
        """Those of a run of untrusted candles that a live bot, restarted or not, has judged."""
        name = f"trust_{pair}"  # the database's key holds 50 characters
        memory = self._store.read(name).memory
        if memory is None:
            run = 0
        elif memory["last"] == moment.timestamp():
            run = int(memory["run"])  # this very candle, once more
        else:
            run = min(run, int(memory["run"]) + 1)
        if memory is None or memory["run"] != run:
            self._store.write(name, GuardState({"last": moment.timestamp(), "run": run}))
        return run

    def _keep(self, pair: str, name: str, decision: GuardDecision, moment: datetime) -> None:
        key = (pair, name)
        trip = self._trips.get(key)
        if not decision.tripped:
            if trip is not None:
                del self._trips[key]
                _say(f"Guard {name} of {pair} lifted: its inputs are sound again.")
            if trip is not None or key not in self._seen:
                guard_locks.lift(pair, name, moment)  # also that of a bot before this one
            self._seen.add(key)
        elif trip is None:
            self._trips[key] = self._lock(pair, name, decision, moment)
            _say(f"Guard {name} of {pair} tripped: {decision.reason}. No entries meanwhile.")
        elif not trip.unlocked:
            self._trips[key] = self._renewed(pair, name, trip, decision, moment)

    def _renewed(
        self, pair: str, name: str, trip: PairTrip, decision: GuardDecision, moment: datetime
    ) -> PairTrip:
        if moment >= trip.locked_until:
            return self._lock(pair, name, decision, moment)
        if not guard_locks.is_locked(pair, name, moment):
            _say(f"Guard {name} of {pair} lifted by /unlock until its inputs are sound again.")
            return PairTrip(trip.reason, trip.locked_until, unlocked=True)
        return trip

    def _lock(self, pair: str, name: str, decision: GuardDecision, moment: datetime) -> PairTrip:
        until = moment + timedelta(hours=LOCK_HOURS)
        guard_locks.lock(pair, name, decision.reason, until, moment)
        return PairTrip(decision.reason, until)


def _say(text: str) -> None:
    logger.info(text)
    announce(text)
