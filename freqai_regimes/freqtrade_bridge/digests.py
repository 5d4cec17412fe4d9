"""Sends the daily and the weekly digest, once each, from freqtrade's own trades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.announcements import announce_markdown
from freqai_regimes.freqtrade_bridge.told import Told
from freqai_regimes.messages.digest import ClosedTrade, digest_text, four_weeks_text
from freqai_regimes.messages.markdown import escape
from freqai_regimes.messages.options import MessageSettings
from freqai_regimes.messages.transactions import transaction_text

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class Digests:
    """Looks at the date in each loop; the first day of a bot has no digest."""

    def __init__(self, settings: MessageSettings, strategy: Any, told: Told) -> None:
        self.settings = settings
        self.strategy = strategy
        self.told = told
        self._queued: set[str] = set()

    def look(self, now: datetime) -> None:
        """Queue what is due at this moment."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.settings.daily_digest:
            self._due("daily", midnight, DAY)
        if self.settings.weekly_digest:
            self._due("weekly", midnight - timedelta(days=midnight.weekday()), WEEK)

    def _due(self, name: str, end: datetime, span: timedelta) -> None:
        last, moment = self.told.read(name), end.isoformat()
        if last is None:
            self.told.write(name, moment)
        elif last < moment and f"{name} {moment}" not in self._queued:
            self._queued.add(f"{name} {moment}")
            announce_markdown(
                self._text(name, end - span, end), lambda: self.told.write(name, moment)
            )

    def _text(self, name: str, begin: datetime, end: datetime) -> str:
        title = f"{begin:%Y-%m-%d}" if name == "daily" else f"Week of {begin:%Y-%m-%d}"
        wallets = self.strategy.wallets
        text = digest_text(
            title,
            closed_trades(begin, end),
            balance=wallets.get_total_stake_amount(),
            start=wallets.get_starting_balance(),
            open_trades=Trade.get_open_trade_count(),
            currency=self.strategy.config["stake_currency"],
        )
        if name == "weekly":
            weeks = four_weeks_text(closed_trades(end - 4 * WEEK, end))
            text = f"{text}\n{weeks}" if weeks else text
        return text


def closed_trades(begin: datetime, end: datetime) -> list[ClosedTrade]:
    """Trades that were closed from begin on and before end."""
    found = Trade.get_trades([Trade.is_open.is_(False), Trade.close_date >= begin]).all()
    trades = [_read(trade) for trade in found]
    return sorted((t for t in trades if t.closed < end), key=lambda trade: trade.closed)


def announce_transaction(trade: Trade) -> None:
    """Tell what a position gave that has just been closed."""
    closed, coin = _read(trade), str(trade.stake_currency)
    unit = "₮" if coin == "USDT" else f" {escape(coin)}"
    announce_markdown(transaction_text(closed.side, closed.profit, closed.profit_ratio, unit))


def _read(trade: Trade) -> ClosedTrade:
    return ClosedTrade(
        closed=trade.close_date_utc,
        side="SHORT" if trade.is_short else "LONG",
        profit=float(trade.close_profit_abs or 0.0),
        profit_ratio=float(trade.close_profit or 0.0),
        exit_reason=str(trade.exit_reason or "unknown"),
        enter_tag=str(trade.enter_tag or ""),
    )
