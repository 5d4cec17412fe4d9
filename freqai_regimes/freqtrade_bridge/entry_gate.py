"""The one gate that every entry and increase passes: guards of account, pair and exchange."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from freqai_regimes.freqtrade_bridge.account import AccountReader, open_trades
from freqai_regimes.freqtrade_bridge.announcements import announce
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.exchange_watch import ExchangeWatch, answers
from freqai_regimes.freqtrade_bridge.guard_keeper import GuardKeeper
from freqai_regimes.freqtrade_bridge.pair_guards import PairGuards
from freqai_regimes.risk.guards.model_trust import ModelTrust

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks

logger = logging.getLogger(__name__)


class EntryGate:
    """Shows the guards what has closed, and answers whether an entry may be made.

    In a backtest a pair's whole frame is shown once and looked up row by row; live, raw candles are
    shown in a candle's first loop, and the model's columns when they have been made. The inputs of
    a decision are the same.
    """

    def __init__(self, strategy: RiskCallbacks, view: CandleView) -> None:
        settings = strategy.settings.guards
        self.strategy = strategy
        self.view = view
        reader = AccountReader(self.view.close, lambda: strategy.wallets.get_starting_balance())
        self.account = GuardKeeper(settings, self.view, reader)
        self.pairs = PairGuards(settings.candle_guard(), self._model_guard(), self.view)
        #: In a backtest, where all candles are known at once: pairs that are worth asking about.
        self._suspects: set[str] = set()
        self._exchange: ExchangeWatch | None = None
        self._boundary: datetime | None = None
        self._failed: str | None = None

    def note_frame(self, pair: str, frame: pd.DataFrame) -> None:
        """A pair's frame as the strategy has made it."""
        self.view.keep_candles(pair, frame)
        guard = self.pairs.candles
        if guard is not None and self.view.may_be_stale(pair, guard.limit):
            self._suspects.add(pair)
        if self.pairs.model is not None and "do_predict" in frame:
            self.view.keep_model(pair, frame)
            if self.strategy.is_live:
                opened = pd.Timestamp(frame["date"].iloc[-1]).timestamp()
                moment = datetime.fromtimestamp(opened + self.view.step, UTC)
                self.pairs.judge_model(pair, moment, live=True)

    def look(self, now: datetime) -> None:
        """Ask every guard that has something new to judge; what fails in here blocks."""
        try:
            self._look(now)
            self._failed = None
        except Exception as error:
            logger.exception("Guards failed; no entry until they answer again.")
            if self._failed is None:
                announce(f"Guards failed, entries are blocked: {error}")
            self._failed = f"the guards failed: {error}"

    def allows(self, pair: str, now: datetime, *, own: bool) -> bool:
        """Whether an entry or increase may be made; live, the reason why not is logged.

        Entries of the user's own (/forceenter) do not depend on the model or its candles.
        """
        try:
            refusal = self._refusal(pair, now, own=own)
        except Exception as error:
            logger.exception("Guards failed: no entry.")
            refusal = f"the guards failed: {error}"
        if refusal is not None and self.strategy.is_live:
            logger.info(f"No entry into {pair}: {refusal}.")
            if not own:
                announce(f"Entry into {pair} refused: {refusal}. /locks shows, /unlock lifts it.")
        return refusal is None

    def closing(self) -> str | None:
        """Exit reason for every position, if a tripped guard closes them."""
        return self.account.closing()

    def _model_guard(self) -> ModelTrust | None:
        strategy = self.strategy
        if not (strategy.model_is_on and strategy.settings.model_decides):
            return None
        freqai = strategy.config["freqai"]
        hours = max(float(freqai.get("live_retrain_hours", 0)), 24 * freqai["backtest_period_days"])
        gated = strategy.settings.life.gate.enabled
        return strategy.settings.guards.model_guard(hours, gated=gated)

    def _look(self, now: datetime) -> None:
        boundary = self.view.boundary(now)
        live = self.strategy.is_live
        if live:
            self._watch_exchange(now)
            if self.account.decided != boundary:
                self._refresh_candles()
        if boundary != self._boundary:
            self._judge_pairs(boundary, live)
        self.account.look(now)

    def _judge_pairs(self, boundary: datetime, live: bool) -> None:
        if self._boundary is not None and boundary < self._boundary:  # another run (hyperopt)
            self.pairs.forget()
        for pair in self.view.pairs if live else self._suspects:
            self.pairs.judge_candles(pair, boundary)
        for pair in () if live or self.pairs.model is None else self.view.pairs:
            self.pairs.judge_model(pair, boundary)
        self._boundary = boundary

    def _refresh_candles(self) -> None:
        provider, timeframe = self.strategy.dp, self.strategy.config["timeframe"]
        pairs = {*provider.current_whitelist(), *(trade.pair for trade in open_trades())}
        for pair in sorted(pairs):
            frame = provider.get_pair_dataframe(pair, timeframe)
            if not frame.empty:
                self.view.keep_candles(pair, frame)

    def _watch_exchange(self, now: datetime) -> None:
        guard = self.strategy.settings.guards.exchange_guard()
        if self._exchange is None and guard is not None:
            self._exchange = ExchangeWatch(guard, self._exchange_answers)
        if self._exchange is not None:
            self._exchange.look(now)

    def _exchange_answers(self) -> bool:
        provider = self.strategy.dp
        pair = provider.current_whitelist()[0]
        return answers(provider._exchange, pair, self.strategy.config["timeframe"])

    def _refusal(self, pair: str, now: datetime, *, own: bool) -> str | None:
        if self._failed is not None:
            return self._failed
        longest = timedelta(seconds=2 * self.view.step)
        if self._boundary is None or now - self._boundary > longest:
            return "the guards have not been asked about this candle"
        exchange = self._exchange.refusal() if self._exchange is not None else None
        inputs = self.pairs.refusal(pair) if own else None
        book = self.strategy.costs.book_refusal(pair) if own and self.strategy.is_live else None
        return exchange or self.account.refusal(now) or inputs or book
