"""Exits of open trades: freqtrade's trade and closed candles in, stop, target or reason out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
from freqtrade.persistence import LocalTrade, Order
from freqtrade.strategy import stoploss_from_absolute

from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.risk.exits.leaving import leave
from freqai_regimes.risk.exits.stop_price import Held, Stop, stop_price, target_gain

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks

#: The average range before a trade's entry, kept with the trade.
ENTRY_RANGE = "entry_range"


class TradeExits:
    """Answers freqtrade's exit callbacks from the settings ``exits``.

    All is reckoned from closed candles: freqtrade's backtest would hand over the high of a candle
    that is still open, and a live bot prices that no backtest sees.
    """

    def __init__(self, strategy: RiskCallbacks, view: CandleView) -> None:
        self.strategy = strategy
        self.settings = strategy.settings.exits
        self.view = view
        exits = self.settings
        #: Whether any exit is on that has to be asked about.
        self.leaves = exits.moves_stop or bool(exits.maximum_candles) or exits.on_regime_change

    def note_fill(self, trade: LocalTrade, order: Order, now: datetime) -> None:
        """Keep the average range as it was when the trade was entered."""
        wants = self.settings.moves_stop or self.settings.has_target
        if (
            wants
            and order.ft_order_side == trade.entry_side
            and self._entry_range(trade) != (self._entry_range(trade))
        ):
            span = self.view.average_range(trade.pair, self.view.boundary(now))
            if span == span:
                trade.set_custom_data(ENTRY_RANGE, span)

    def stop(self, trade: LocalTrade, now: datetime, rate: float, after_fill: bool) -> float | None:
        """Freqtrade's relative stop, or None to leave it where it is.

        Set anew right after the first fill; from then on it only ever moves nearer. Freqtrade's
        ``stoploss`` stays the farthest.
        """
        if after_fill and trade.nr_of_successful_entries > 1:
            return None
        stop = self._stop(trade, self._held(trade, now))
        if stop is None:
            return None
        price = stop.price
        farthest = abs(self.strategy.stoploss) / trade.leverage
        if trade.is_short:
            price = min(price, trade.open_rate * (1 + farthest))
        else:
            price = max(price, trade.open_rate * (1 - farthest))
        return stoploss_from_absolute(price, rate, trade.is_short, trade.leverage) or None

    def target(self, trade: LocalTrade) -> float | None:
        """Freqtrade's return on margin at which profit is taken; None: its ``minimal_roi``."""
        gain = target_gain(self._entry_range(trade), self.settings)
        return None if gain is None else gain * trade.leverage

    def reason(self, trade: LocalTrade, now: datetime) -> str | None:
        """Why a trade is left now; None keeps it."""
        settings = self.settings
        if not self.leaves:
            return None
        boundary = self.view.boundary(now)
        held = self._held(trade, now) if settings.moves_stop else None
        opened = self.view.boundary(trade.open_date_utc)
        decision = leave(
            settings,
            held=held,
            stop=None if held is None or boundary <= opened else self._stop(trade, held),
            close=self.view.close(trade.pair, boundary),
            held_candles=int((boundary - opened).total_seconds()) // self.view.step,
            entry_regime=_regime_of_tag(trade.enter_tag),
            regime=self._regime(trade.pair) if settings.on_regime_change else None,
        )
        return None if decision is None else decision.reason

    def _stop(self, trade: LocalTrade, held: Held) -> Stop | None:
        return stop_price(held, self.settings, trade.fee_open + (trade.fee_close or 0.0))

    def _held(self, trade: LocalTrade, now: datetime) -> Held:
        opened, boundary = self.view.boundary(trade.open_date_utc), self.view.boundary(now)
        best = self.view.best(trade.pair, opened, boundary, is_short=bool(trade.is_short))
        if self.strategy.is_live and not self.view.reaches_back(trade.pair, opened):
            # Longer than the candles that a live bot keeps: what freqtrade has seen helps out.
            seen = trade.min_rate if trade.is_short else trade.max_rate
            best = best if seen is None else (min if trade.is_short else max)(best, seen)
        if best != best:
            best = trade.open_rate
        return Held(bool(trade.is_short), trade.open_rate, best, self._entry_range(trade))

    def _entry_range(self, trade: LocalTrade) -> float:
        kept = trade.get_custom_data(ENTRY_RANGE)
        return float("nan") if kept is None else float(kept)

    def _regime(self, pair: str) -> str | None:
        candle = self.strategy.last_candle(pair)
        value = None if candle is None else candle.get("regime")
        return None if value is None or pd.isna(value) else REGIME_NAMES.get(value)


def _regime_of_tag(tag: str | None) -> str | None:
    word = str(tag or "").split(" ", 1)[0]
    return word if word in REGIME_NAMES.values() else None
