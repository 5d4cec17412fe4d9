"""Why trades differ: entry, exit, size, further orders and fees, each with what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from freqai_regimes.parity.account_before import AccountBefore, CandleWhy
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Difference, Why
from freqai_regimes.parity.trade_money import MoneyParts, money_parts
from freqai_regimes.parity.trade_pairs import FORCED, OneTrade, TradePair

#: Freqtrade's exit reasons that are a price reached inside a candle.
INSIDE = ("stop_loss", "stoploss_on_exchange", "trailing_stop_loss", "roi", "liquidation")
BY_HAND_ENTRY = ("force_entry", "forceentry")
BY_HAND_EXIT = (FORCED, "force_sell")
#: Relative size of differences that come of rounding alone.
ROUNDING = 1e-9
NOT_KEPT = "what the bot saw of the candle of {} was not kept"


@dataclass(frozen=True)
class TradeCauses:
    """Explains trades one after the other, in the order in which they were opened.

    Parameters
    ----------
    step : length of a candle.
    widest_spread : fraction by which a fill may be off the backtest's price for the order book's
        spread to explain it.
    candle_why : why any of some columns differs at a candle of a pair; None if none does.
    knows : whether what both sides saw of a candle of a pair was kept.
    before : what has been explained already.
    """

    step: pd.Timedelta
    widest_spread: float
    candle_why: CandleWhy
    knows: Callable[[str, pd.Timestamp], bool]
    before: AccountBefore

    def differences(self, pair: TradePair) -> list[Difference]:
        """Every difference of one trade; their money adds up to that of the trade."""
        if pair.live is None or pair.backtest is None:
            found = [self._only(pair)]
        else:
            found = list(self._both(pair, pair.live, pair.backtest))
        if found:
            first = found[0]
            total = sum(each.money for each in found)
            self.before.note(pair, Why(first.cause, first.reason, first.root), total)
        return found

    # --- a trade that one side alone made ---------------------------------------------------------

    def _only(self, pair: TradePair) -> Difference:
        trade = pair.one
        missing = "backtest" if pair.live is not None else "live"
        why = self._why_not_entered(trade, missing)
        text = _trade(trade)
        sides = (text, None) if pair.live is not None else (None, text)
        return _row(pair, trade.opened, "trade", sides, why, pair.money)

    def _why_not_entered(self, trade: OneTrade, missing: str) -> Why:
        """Why the side ``missing`` did not enter where the other one did."""
        if missing == "backtest" and trade.enter_tag in BY_HAND_ENTRY:
            return Why.plain(Cause.BY_HAND)
        signal = trade.opened - self.step
        column = "enter_short" if trade.is_short else "enter_long"
        found = self.candle_why(trade.pair, signal, (column, "row", "seen_at"))
        if found is not None:
            return found.followed(f"{column} of {_at(signal)} differs: {found.reason}")
        found = self.before.blocked(missing, trade.pair, trade.opened)
        if found is not None:
            return found
        if not self.knows(trade.pair, signal):
            return Why(Cause.UNKNOWN, NOT_KEPT.format(_at(signal)))
        said = f"the signal of {_at(signal)} is the same, and {missing} was free to enter"
        return Why(Cause.UNKNOWN, f"{said}; its order may not have been filled")

    # --- a trade that both made -------------------------------------------------------------------

    def _both(self, pair: TradePair, live: OneTrade, backtest: OneTrade) -> Iterator[Difference]:
        whys = {"entry": self._why_entry(live, backtest)}
        whys["size"] = self._why_size(live, backtest)
        whys["orders"] = self._why_orders(live, backtest, whys["entry"] or whys["size"])
        whys["exit"] = self._why_exit(live, backtest, whys["entry"])
        whys["fees"] = _why_fees(live, backtest)
        known = {what: why for what, why in whys.items() if why is not None}
        parts = money_parts(live, backtest)
        if not known and abs(parts.total) > ROUNDING * abs(backtest.amount * backtest.open_rate):
            known["profit"] = Why(Cause.UNKNOWN, "prices, amounts and fees are the same")
        worth = _shared_out(parts, list(known))
        for what, why in known.items():
            date = _last(live, backtest) if what == "exit" else pair.opened
            sides = _words(what, live), _words(what, backtest)
            yield _row(pair, date, what, sides, why, worth[what])

    def _why_entry(self, live: OneTrade, backtest: OneTrade) -> Why | None:
        if live.opened != backtest.opened:
            early, late = (
                (live, "backtest") if live.opened < backtest.opened else (backtest, "live")
            )
            why = self._why_not_entered(early, late)
            if why.cause == Cause.UNKNOWN and late == "live":
                return Why.plain(Cause.LATE_FILL)
            return why
        return self._why_price(_entry_rate(live), _entry_rate(backtest))

    def _why_price(self, live: float, backtest: float) -> Why | None:
        if live == backtest or live != live or backtest != backtest:
            return None
        off = live / backtest - 1
        said = f"{1e4 * off:+.1f} basis points off the backtest's price"
        if abs(off) <= self.widest_spread:
            return Why(Cause.SPREAD, said)
        return Why(Cause.SLIPPAGE, f"{said}; up to {1e4 * self.widest_spread:.0f} are a spread")

    def _why_exit(self, live: OneTrade, backtest: OneTrade, entry: Why | None) -> Why | None:
        if live.open_until_end and backtest.open_until_end:
            return None
        same = live.exit_reason == backtest.exit_reason and live.closed == backtest.closed
        if same and live.close_rate == backtest.close_rate:
            return None
        if live.exit_reason in BY_HAND_EXIT and not live.open_until_end:
            return Why.plain(Cause.BY_HAND)
        early, late = (live, backtest) if live.until <= backtest.until else (backtest, live)
        if self._is_inside(early, late):
            said = f"live left by {_leaving(live)}, the backtest by {_leaving(backtest)}"
            return Why(Cause.INSIDE_CANDLE, said)
        if same:
            return self._why_price(live.close_rate, backtest.close_rate)
        return self._why_later(early, late is live, entry)

    def _is_inside(self, early: OneTrade, late: OneTrade) -> bool:
        """Whether a price reached inside a candle explains that one side left first."""
        near = late.until - early.until <= self.step
        return early.exit_reason in INSIDE or (near and late.exit_reason in INSIDE)

    def _why_later(self, early: OneTrade, live_is_late: bool, entry: Why | None) -> Why:
        signal = early.closed - self.step
        column = "exit_short" if early.is_short else "exit_long"
        entered = "enter_long" if early.is_short else "enter_short"
        columns = (column, entered, "regime", "weight", "row", "seen_at")
        found = self.candle_why(early.pair, signal, columns)
        if found is not None:
            return found.followed(f"the candle of {_at(signal)} differs: {found.reason}")
        if entry is not None and entry.cause != Cause.SPREAD:
            return entry.followed("it was entered otherwise")
        if not self.knows(early.pair, signal):
            return Why(Cause.UNKNOWN, NOT_KEPT.format(_at(signal)))
        if live_is_late:
            return Why(Cause.LATE_FILL, "the same signals to leave, but the exit filled later")
        return Why(Cause.UNKNOWN, f"the candle of {_at(signal)} is the same on both sides")

    def _why_size(self, live: OneTrade, backtest: OneTrade) -> Why | None:
        if live.amount == backtest.amount:
            return None
        values = (trade.amount * trade.open_rate for trade in (live, backtest))
        ratio = next(values) / next(values)
        if live.open_rate != backtest.open_rate and abs(ratio - 1) <= self.widest_spread:
            return None  # the same stake buys another amount at another price
        for order in live.orders:
            asked = order.get("requested") or 0.0
            if asked > (order.get("amount") or 0.0) * (1 + ROUNDING):
                return Why(Cause.PARTIAL_FILL, f"asked for {asked:.8g}, got {order['amount']:.8g}")
        found = self.candle_why(live.pair, live.opened - self.step, ("weight",))
        if found is not None:
            return found.followed(f"weight of {_at(live.opened - self.step)} differs")
        said = f"live's stake is {ratio:.4f} times the backtest's"
        return self.before.balance(live.opened) or Why(Cause.UNKNOWN, said)

    def _why_orders(self, live: OneTrade, backtest: OneTrade, first: Why | None) -> Why | None:
        """Orders that changed the position in between, which one side alone made."""
        alone = sorted(self._between(live, backtest) ^ self._between(backtest, live))
        if not (live.orders and backtest.orders and alone):
            return None
        date, entered = alone[0]
        said = f"{'more bought' if entered else 'part sold'} at {_at(date)} on one side only"
        found = self.candle_why(live.pair, date - self.step, ("weight", "row"))
        if found is None and first is not None:
            return first.followed(said)
        return Why(Cause.UNKNOWN, said) if found is None else found.followed(said)

    def _between(self, trade: OneTrade, other: OneTrade) -> set[tuple[pd.Timestamp, bool]]:
        """Candles of orders after the entry and before either side left."""
        ends = min(trade.until, other.until)
        begins = max(trade.opened, other.opened)
        found = set()
        for order in trade.orders:
            filled = order.get("order_filled_timestamp")
            if filled:
                date = pd.Timestamp(filled, unit="ms", tz="UTC").floor(self.step)
                if begins < date < ends:
                    found.add((date, bool(order.get("ft_is_entry"))))
        return found


def _why_fees(live: OneTrade, backtest: OneTrade) -> Why | None:
    rates = [(t.fee_open, t.fee_close) for t in (live, backtest)]
    open_only = live.open_until_end
    for one, other in list(zip(*rates, strict=True))[: 1 if open_only else 2]:
        if one == one and other == other and abs(one - other) > ROUNDING:
            said = f"{100 * one:.4f} % live, {100 * other:.4f} % in the backtest"
            return Why(Cause.FEES, said)
    return None


def _shared_out(parts: MoneyParts, whats: list[str]) -> dict[str, float]:
    """Money of each difference: its own part; what has no row of its own goes to the nearest."""
    homes = {
        "entry": ("entry", "size", "orders", "exit", "fees", "profit"),
        "exit": ("exit", "orders", "entry", "size", "fees", "profit"),
        "size": ("size", "orders", "entry", "exit", "fees", "profit"),
        "rest": ("fees", "orders", "size", "exit", "entry", "profit"),
    }
    worth = dict.fromkeys(whats, 0.0)
    for part, order in homes.items():
        home = next((what for what in order if what in worth), None)
        if home is not None:
            worth[home] += getattr(parts, part)
    return worth


def _row(
    pair: TradePair,
    date: pd.Timestamp,
    what: str,
    sides: tuple[str | None, str | None],
    why: Why,
    money: float,
) -> Difference:
    return Difference(
        kind="trade",
        pair=pair.one.pair,
        date=date,
        what=what,
        live=sides[0],
        backtest=sides[1],
        cause=why.cause,
        reason=why.reason,
        root=why.root,
        money=money,
        trade_opened=pair.opened,
    )


def _last(live: OneTrade, backtest: OneTrade) -> pd.Timestamp:
    return min(live.until, backtest.until)


def _entry_rate(trade: OneTrade) -> float:
    """Price of the first entry; freqtrade's ``open_rate`` is the mean of all."""
    for order in trade.orders:
        if order.get("ft_is_entry") and order.get("order_filled_timestamp"):
            return float(order.get("safe_price") or trade.open_rate)
    return trade.open_rate


def _words(what: str, trade: OneTrade) -> str:
    if what == "entry":
        return f"{_at(trade.opened)} at {_entry_rate(trade):.8g}"
    if what == "exit":
        return "still open" if trade.open_until_end else f"{_at(trade.closed)} {_leaving(trade)}"
    if what == "size":
        return f"{trade.amount:.8g}"
    if what == "orders":
        return f"{len(trade.orders)} orders"
    if what == "fees":
        return f"{100 * trade.fee_open:.4f} % and {100 * trade.fee_close:.4f} %"
    return f"{trade.profit:.8g}"


def _trade(trade: OneTrade) -> str:
    side = "short" if trade.is_short else "long"
    ended = "open" if trade.open_until_end else f"to {_at(trade.closed)} {_leaving(trade)}"
    return f"{side} from {_at(trade.opened)} at {trade.open_rate:.8g}, {ended}"


def _leaving(trade: OneTrade) -> str:
    if trade.open_until_end:
        return "nothing yet"
    return f"{trade.exit_reason or 'exit'} at {trade.close_rate:.8g}"


def _at(date: pd.Timestamp) -> str:
    return "the end" if pd.isna(date) else f"{date:%Y-%m-%d %H:%M}"
