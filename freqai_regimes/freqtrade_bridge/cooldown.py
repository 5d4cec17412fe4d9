"""Cooldown: a lock on a pair whose trade was just closed, in backtests too."""

from __future__ import annotations

from datetime import datetime, timedelta

from freqtrade.persistence import LocalTrade, Order, PairLocks, Trade


def cool_down(trade: LocalTrade, order: Order, now: datetime, minutes: int) -> None:
    """Lock the pair after the order that closed its trade, as freqtrade's CooldownPeriod does.

    That protection works in backtests with ``--enable-protections`` only; a lock always does. It
    lies in the trade database when live, so a restart does not lift it.
    """
    if not minutes or order.ft_order_side == trade.entry_side:
        return
    # A backtest calls this before it closes the trade, a live bot afterwards.
    closed = not trade.is_open if Trade.use_db else order.safe_amount == trade.amount
    if closed:
        until = now + timedelta(minutes=minutes)
        PairLocks.lock_pair(trade.pair, until, f"Cooldown for {minutes} min", now=now)
