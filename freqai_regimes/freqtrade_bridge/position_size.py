"""How much a position gets and how it is rebalanced: freqtrade's money, our decision."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.account import open_trades
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.risk.exposure_caps import Holding, correlation, room
from freqai_regimes.risk.leverage import Leverage, safe_leverage
from freqai_regimes.risk.sizing import rebalance

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.risk_callbacks import RiskCallbacks


def is_own_tag(tag: str | None) -> bool:
    """Whether an entry came from this strategy's signals (not from /forceenter or elsewhere)."""
    return bool(tag) and str(tag).split(" ", 1)[0] in REGIME_NAMES.values()


def stake(
    strategy: RiskCallbacks,
    pair: str,
    side: str,
    leverage: float,
    proposed_stake: float,
    min_stake: float | None,
    max_stake: float,
) -> float:
    """The pair's equal share of the money times the target weight, within the caps on exposure.

    0 where that is too little to be traded.
    """
    candle = strategy.last_candle(pair)
    if candle is None:
        return 0.0
    wanted = min(proposed_stake * abs(float(candle["weight"])), max_stake)
    moment = candle["date"].to_pydatetime() + strategy.gate.view.length
    wanted = min(wanted, _room(strategy, pair, side == "short", moment) / leverage)
    return wanted if min_stake is None or wanted >= min_stake else 0.0


def _room(strategy: RiskCallbacks, pair: str, is_short: bool, moment: datetime) -> float:
    """Value that the caps still allow in a pair, at the last closing prices."""
    caps, view = strategy.settings.caps, strategy.gate.view
    if not caps.is_on:
        return float("inf")
    own = view.closes(pair, moment, caps.correlation_candles + 1)
    holdings = []
    for trade in open_trades():
        closes = view.closes(trade.pair, moment, caps.correlation_candles + 1)
        value = trade.amount * view.close(trade.pair, moment) * (-1 if trade.is_short else 1)
        holdings.append(Holding(trade.pair, value, correlation(own, closes)))
    money = strategy.wallets.get_total_stake_amount()
    return room(pair, is_short, holdings, money, caps).value


def adjustment(
    strategy: RiskCallbacks, trade: Trade, min_stake: float | None, max_stake: float
) -> tuple[float, str] | None:
    """What to add to a position, or to take from it in units of its cost, with the reason."""
    settings = strategy.settings
    if settings.entry != "regime" or not is_own_tag(trade.enter_tag):
        return None
    candle = strategy.last_candle(trade.pair)
    if candle is None:
        return None
    target = float(candle["weight"]) * (-1 if trade.is_short else 1)
    if target < settings.exposure.minimum_weight:
        return None  # the exit signal closes it
    close = float(candle["close"])
    value = trade.amount * close / trade.leverage  # margin, as the sleeve is
    sleeve = strategy.wallets.get_total_stake_amount() / strategy.config["max_open_trades"]
    sleeve += trade.calc_profit(close)
    if sleeve <= 0:
        return None
    change = rebalance(target, value, sleeve, settings.exposure.rebalance_band)
    if change.amount > 0:
        moment = candle["date"].to_pydatetime() + strategy.gate.view.length
        free = _room(strategy, trade.pair, bool(trade.is_short), moment) / trade.leverage
        amount = min(change.amount, max_stake, free)
        return (amount, change.reason) if amount >= (min_stake or 0.0) else None
    least = min_stake or 0.0
    # What is sold and what is kept must both be large enough to be traded: no dust is left.
    if change.amount < 0 and -change.amount >= least and value + change.amount >= least:
        return change.amount * trade.stake_amount / value, change.reason
    return None


def entry_leverage(
    strategy: RiskCallbacks, pair: str, now: datetime, max_leverage: float
) -> Leverage:
    """Leverage of an entry, held against the exchange's tier and the stop that will be set."""
    settings, exits = strategy.settings, strategy.settings.exits
    if settings.leverage.wanted == 1:
        return Leverage(1.0, "as wanted")
    value = strategy.wallets.get_total_stake_amount() * settings.leverage.wanted
    maintenance, _ = strategy.dp._exchange.get_maintenance_ratio_and_amt(pair, value)
    stops = [exits.stop] if exits.stop is not None else []
    if exits.stop_atr is not None:
        view = strategy.gate.view
        span = view.average_range(pair, view.boundary(now))
        stops += [exits.stop_atr * span] if span > 0 else []
    return safe_leverage(
        settings.leverage,
        most=max_leverage,
        price_stop=min(stops, default=None),
        profit_stop=abs(strategy.stoploss),
        maintenance=maintenance,
    )
