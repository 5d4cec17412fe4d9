"""Freqtrade's trade callbacks: each asks one decision of the risk room; what fails, blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import pandas as pd
from freqtrade.enums import TRADE_MODES
from freqtrade.persistence import Order, Trade
from freqtrade.strategy import IStrategy

from freqai_regimes.freqtrade_bridge import announcements
from freqai_regimes.freqtrade_bridge.candle_messages import CandleMessages
from freqai_regimes.freqtrade_bridge.candle_view import CandleView
from freqai_regimes.freqtrade_bridge.column_names import keep_names_in_python
from freqai_regimes.freqtrade_bridge.cooldown import cool_down
from freqai_regimes.freqtrade_bridge.digests import Digests, announce_transaction
from freqai_regimes.freqtrade_bridge.entry_gate import EntryGate
from freqai_regimes.freqtrade_bridge.expected_costs import ExpectedCosts
from freqai_regimes.freqtrade_bridge.picture import refuse_without_matplotlib
from freqai_regimes.freqtrade_bridge.position_size import (
    adjustment,
    entry_leverage,
    is_own_tag,
    stake,
)
from freqai_regimes.freqtrade_bridge.safe_orders.keeper import OrderKeeper
from freqai_regimes.freqtrade_bridge.told import Told
from freqai_regimes.freqtrade_bridge.trade_exits import TradeExits
from freqai_regimes.settings import Settings

logger = logging.getLogger(__name__)


Callback = TypeVar("Callback", bound=Callable[..., Any])


def only_reads(callback: Callback) -> Callback:
    """Spare freqtrade the copy of the trade that it makes for each call of a strategy's callback.

    It copies because a callback might change the trade, and spares it where the callback is its
    own, which it knows by the name. The copy takes longer than all that is decided with it.
    """
    callback.__qualname__ = f"IStrategy.{callback.__name__}"
    return callback


class RiskCallbacks(IStrategy):
    """The half of the strategy that handles money; the other half makes the frame it reads.

    The callbacks of freqtrade fail open: an entry is made, and the proposed stake is used, when one
    of them raises. Those that guard money therefore catch everything and answer no.
    """

    settings: Settings
    gate: EntryGate
    exits: TradeExits
    costs: ExpectedCosts
    candle_messages: CandleMessages
    digests: Digests
    orders: OrderKeeper | None = None
    #: A control arm without model sets this to False.
    uses_model = True

    @property
    def model_is_on(self) -> bool:
        """Whether FreqAI trains and predicts; without it the strategy runs on the regime alone."""
        return self.uses_model and bool(self.config.get("freqai", {}).get("enabled", False))

    def prepare_risk(self) -> None:
        """Set up what the callbacks need, once the settings are known."""
        exits = self.settings.exits
        view = CandleView(self.config["timeframe"], exits.atr_candles)
        self.gate = EntryGate(self, view)
        self.exits = TradeExits(self, view)
        told, messages = Told(), self.settings.messages
        self.candle_messages = CandleMessages(messages, self, told)
        self.digests = Digests(messages, self, told)
        refuse_without_matplotlib(messages.picture_candles)
        self.costs = ExpectedCosts(self)
        self.use_custom_stoploss = exits.moves_stop
        self.use_custom_roi = exits.has_target

    def note_inputs(self, pair: str, frame: pd.DataFrame) -> None:
        """Show the guards the frame of a pair that was just made."""
        self.gate.note_frame(pair, frame)

    def tell_candle(self, pair: str, frame: pd.DataFrame) -> None:
        """Live: tell what a closed candle brings; a message that fails stops nothing."""
        if not self.is_live or frame.empty:
            return
        try:
            self.candle_messages.look(pair, frame)
        except Exception:
            logger.exception(f"The candle of {pair} could not be told.")

    def bot_start(self, **kwargs: Any) -> None:
        """Live: make orders safe, and adopt what an earlier run has left on the exchange."""
        if self.is_live:
            keep_names_in_python()
        self.orders = OrderKeeper.start(self, self.settings.orders, announcements.announce)

    def bot_loop_start(self, current_time: datetime, **kwargs: Any) -> None:
        """Look after unclear orders; ask the guards once a closed candle; send what is waiting."""
        if self.orders is not None:
            self.orders.look()
        self.gate.look(current_time)
        if self.is_live:
            try:
                self.digests.look(current_time)
            except Exception:
                logger.exception("The digest could not be made.")
        announcements.flush(self.dp, self.settings.messages.most_a_minute)

    def confirm_trade_entry(
        self,
        pair: str,
        order_type: str,
        amount: float,
        rate: float,
        time_in_force: str,
        current_time: datetime,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> bool:
        """No entry while a guard is tripped or an order unclear; a failing guard is tripped."""
        if self.orders is not None:
            refusal = self.orders.refusal()
            if refusal is not None:
                logger.info(f"No entry into {pair}: {refusal}.")
                return False
            self.orders.note_entry(pair, entry_tag)
        return self.gate.allows(pair, current_time, own=is_own_tag(entry_tag))

    def custom_stake_amount(
        self,
        pair: str,
        current_time: datetime,
        current_rate: float,
        proposed_stake: float,
        min_stake: float | None,
        max_stake: float,
        leverage: float,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> float:
        """The pair's equal share of the money times the target weight; manual entries as is."""
        if not is_own_tag(entry_tag):
            return proposed_stake
        try:
            return stake(self, pair, side, leverage, proposed_stake, min_stake, max_stake)
        except Exception:
            logger.exception(f"No size for {pair}: no entry.")
            return 0.0

    @only_reads
    def adjust_trade_position(
        self,
        trade: Trade,
        current_time: datetime,
        current_rate: float,
        current_profit: float,
        min_stake: float | None,
        max_stake: float,
        current_entry_rate: float,
        current_exit_rate: float,
        current_entry_profit: float,
        current_exit_profit: float,
        **kwargs: Any,
    ) -> tuple[float, str] | None:
        """Rebalance to the target weight when the position has left its band.

        Decided on the last closed candle's close, so that every loop of a live bot within a candle,
        and the backtest's single one, come to the same answer. Trades that the strategy did not
        open keep their size. Freqtrade does not ask ``confirm_trade_entry`` for increases, so the
        guards are asked here.
        """
        change = adjustment(self, trade, min_stake, max_stake)
        if change is not None and change[0] > 0:
            if self.orders is not None and self.orders.refusal() is not None:
                return None
            return change if self.gate.allows(trade.pair, current_time, own=True) else None
        return change

    @only_reads
    def custom_exit(
        self,
        pair: str,
        trade: Trade,
        current_time: datetime,
        current_rate: float,
        current_profit: float,
        **kwargs: Any,
    ) -> str | None:
        """The reason why a position is closed now, or none."""
        return self.gate.closing() or self.exits.reason(trade, current_time)

    @only_reads
    def custom_stoploss(
        self,
        pair: str,
        trade: Trade,
        current_time: datetime,
        current_rate: float,
        current_profit: float,
        after_fill: bool,
        **kwargs: Any,
    ) -> float | None:
        """Freqtrade's stop moved to where the settings ``exits`` want it (only if they do)."""
        return self.exits.stop(trade, current_time, current_rate, after_fill)

    @only_reads
    def custom_roi(
        self,
        pair: str,
        trade: Trade,
        current_time: datetime,
        trade_duration: int,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> float | None:
        """The target of the settings ``exits`` (only if they have one)."""
        return self.exits.target(trade)

    def leverage(
        self,
        pair: str,
        current_time: datetime,
        current_rate: float,
        proposed_leverage: float,
        max_leverage: float,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> float:
        """1 unless told otherwise; less than wanted where liquidation would come before the stop.

        Freqtrade uses 1 when this raises.
        """
        return entry_leverage(self, pair, current_time, max_leverage).value

    def order_filled(
        self, pair: str, trade: Trade, order: Order, current_time: datetime, **kwargs: Any
    ) -> None:
        """Keep what an entry's exits need, book funding; cool down once a trade is closed."""
        booked = trade if self.orders is None else self.orders.note_fill(trade)
        self.exits.note_fill(trade, order, current_time)
        cool_down(trade, order, current_time, self.settings.cooldown_minutes)
        if self.is_live and self.settings.messages.transactions and not trade.is_open:
            announce_transaction(booked)

    @property
    def is_live(self) -> bool:
        """Whether this is a dry-run or live bot."""
        return self.dp.runmode in TRADE_MODES

    def last_candle(self, pair: str) -> pd.Series | None:
        """The newest closed candle of a pair with all its columns."""
        frame, _ = self.dp.get_analyzed_dataframe(pair, self.config["timeframe"])
        return None if frame.empty else frame.iloc[-1]
