"""Asks the guards once a closed candle, locks what they block, and says why."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from freqai_regimes.freqtrade_bridge import guard_locks
from freqai_regimes.freqtrade_bridge.account import AccountReader, open_trades, opened_count
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.guard_locks import ALL_PAIRS
from freqai_regimes.freqtrade_bridge.guard_store import GuardState, GuardStore, Trip
from freqai_regimes.risk.guards.decision import Account, AccountGuard, GuardDecision
from freqai_regimes.risk.guards.options import GuardSettings
from freqai_regimes.risk.guards.trade_limit import TradeLimit

logger = logging.getLogger(__name__)

#: Guards whose trip closes what is open, where the settings say so.
CLOSING = ("daily_loss", "drawdown")
#: How long a lock without an end lasts: freqtrade wants one.
UNTIL_UNLOCKED = timedelta(days=3650)
EPOCH = datetime.fromtimestamp(0, UTC)


class GuardKeeper:
    """Keeps the guards of the whole account.

    ``look`` is called in each loop and decides once for each candle boundary; ``refusal`` says why
    an entry may not be made, or nothing. Whatever fails in here blocks: freqtrade lets an entry
    through when a callback raises.
    """

    def __init__(self, settings: GuardSettings, view: CandleView, reader: AccountReader) -> None:
        self.settings = settings
        self.guards = settings.account_guards()
        closes = settings.close_positions
        self.closers = [guard for guard in self.guards if closes and guard.name in CLOSING]
        self.view = view
        self.reader = reader
        self.store = GuardStore()
        self.decided: datetime | None = None
        self._failure: str | None = None

    def look(self, now: datetime) -> None:
        """Decide if a candle has closed since the last time; an error blocks until the next one."""
        if not self.guards:
            return
        boundary = self.view.boundary(now)
        if self.decided is not None and boundary < self.decided:  # another run (hyperopt)
            self.store, self.decided = GuardStore(), None
        try:
            if boundary != self.decided and not self._is_awaited(boundary, now):
                self._decide(boundary)
            else:
                self._notice_unlocked(now)
        except Exception as error:
            logger.exception("A guard failed; no entry until it answers again.")
            if self._failure is None:
                announce(f"Guard failed, entries are blocked: {error}")
            self._failure = f"a guard failed: {error}"

    def refusal(self, now: datetime) -> str | None:
        """Why no entry and no increase may be made now; None if one may."""
        if not self.guards:
            return None
        if self._failure is not None:
            return self._failure
        longest = timedelta(seconds=2 * self.view.step)
        if self.decided is None or now - self.decided > longest:
            return "the guards have not been asked about this candle"
        for guard in self.guards:
            state = self.store.read(guard.name)
            if state.trip is not None:
                return f"guard {guard.name}: {state.trip.reason}"
            if isinstance(guard, TradeLimit) and state.memory is not None:
                account = Account(now, 0.0, 0.0, opened_count())
                if guard.decide(state.memory, account).tripped:
                    return f"guard {guard.name}: the run has had its {guard.limit} trades"
        return None

    def closing(self) -> str | None:
        """Exit reason for all that is open, if a tripped guard closes it."""
        for guard in self.closers:
            if self.store.read(guard.name).trip is not None:
                return f"guard_{guard.name}"
        return None

    def _is_awaited(self, boundary: datetime, now: datetime) -> bool:
        """Whether a candle of an open position is still on its way, for half a candle at most.

        A backtest asks at the boundary itself, when all that will come is there.
        """
        if now == boundary or now - boundary > timedelta(seconds=self.view.step / 2):
            return False
        pairs = {trade.pair for trade in open_trades()} & set(self.view.pairs)
        return any(self.view.late_and_flat(pair, boundary)[0] > 0 for pair in pairs)

    def _decide(self, boundary: datetime) -> None:
        account = self.reader.read(boundary, self.decided or EPOCH)
        for guard in self.guards:
            self._follow(guard, account)
        if self._failure is not None:
            announce("Guards answer again.")
        self.decided, self._failure = boundary, None

    def _follow(self, guard: AccountGuard, account: Account) -> None:
        before = self.store.read(guard.name)
        if before.trip is None and before.memory is not None:  # nearly always: make it quick
            memory = guard.follow(before.memory, account)
            if not guard.decide(memory, account).tripped:
                if memory is not before.memory:
                    self.store.write(guard.name, GuardState(memory))
                return
        state = self._lifted_in_time(guard.name, before, account.moment)
        memory = guard.first(account) if state.memory is None else state.memory
        memory = guard.follow(memory, account)
        trip = state.trip
        if trip is None:
            decision = guard.decide(memory, account)
            trip = self._tripped(guard.name, decision, account.moment)
        if memory is not before.memory or trip is not before.trip:
            self.store.write(guard.name, GuardState(memory, trip))

    def _tripped(self, name: str, decision: GuardDecision, moment: datetime) -> Trip | None:
        """Lock first, then remember: killed in between, the bot trips again."""
        if not decision.tripped:
            return None
        until = decision.until or moment + UNTIL_UNLOCKED
        guard_locks.lock(ALL_PAIRS, name, decision.reason, until, moment)
        shown = f"until {until:%Y-%m-%d %H:%M} UTC" if decision.until else "until /unlock"
        _say(f"Guard {name} tripped: {decision.reason}. No entries {shown}.")
        return Trip(moment.timestamp(), until.timestamp(), decision.reason)

    def _lifted_in_time(self, name: str, state: GuardState, moment: datetime) -> GuardState:
        """The state as it is, or an empty one where the trip is over: the guard begins anew."""
        if state.trip is None:
            return state
        if moment.timestamp() >= state.trip.until:
            _say(f"Guard {name} lifted: its time is over.")
            guard_locks.lift(ALL_PAIRS, name, moment)
            return GuardState()
        return self._unless_unlocked(name, state, moment)

    def _unless_unlocked(self, name: str, state: GuardState, now: datetime) -> GuardState:
        if state.trip is None or guard_locks.is_locked(ALL_PAIRS, name, now):
            return state
        if now.timestamp() >= state.trip.until:
            return state  # the lock has run out; the next candle lifts the guard
        _say(f"Guard {name} lifted by /unlock; it measures anew from here.")
        return GuardState()

    def _notice_unlocked(self, now: datetime) -> None:
        """Between candles: what the user has unlocked is lifted at once."""
        for guard in self.guards:
            state = self.store.read(guard.name)
            self.store.write(guard.name, self._unless_unlocked(guard.name, state, now))


def _say(text: str) -> None:
    logger.info(text)
    announce(text)
