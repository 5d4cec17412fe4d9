"""What a bot's own database says of its trades and locks; it is read and never written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.persistence import Order, Trade
from freqtrade.persistence.key_value_store import _KeyValueStoreModel
from freqtrade.persistence.pairlock import PairLock
from freqtrade.persistence.wallet_history import WalletHistory
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload

from freqai_regimes.errors import RegimesError
from freqai_regimes.parity.side import LOCK_COLUMNS, no_locks, no_trades

SQLITE = "sqlite"
BEGAN = "bot_start_time"


@dataclass(frozen=True)
class BotTrades:
    """A strategy's trades and locks.

    Attributes
    ----------
    trades : as ``Side.trades``, with ``orders`` and ``is_open``; open ones have no close.
    locks : as ``Side.locks``.
    of_others : trades of other strategies in the same database, which were left out.
    fee_currencies : coin in which fees were paid -> trades.
    began : when the bot was started for the first time (UTC), if freqtrade kept it.
    balances : total wealth in stake currency over time (UTC), as freqtrade kept it; may be empty.
    """

    trades: pd.DataFrame
    locks: pd.DataFrame
    of_others: int
    fee_currencies: dict[str, int]
    began: pd.Timestamp | None
    balances: pd.Series


def read_bot_database(db_url: str, strategy: str) -> BotTrades:
    """Read the trades of a strategy from SQLite or PostgreSQL.

    Raises
    ------
    RegimesError
        If there is no such database, it holds no trades table, or is of another freqtrade.
    """
    engine = _read_only(db_url)
    try:
        if not inspect(engine).has_table("trades"):
            raise RegimesError(
                f"{_shown(db_url)} is no database of a freqtrade bot: it has no table of trades. "
                "Give the bot's own with --db-url."
            )
        with Session(engine) as session:
            return _read(session, strategy)
    except SQLAlchemyError as error:
        words = str(error).splitlines()[0]
        raise RegimesError(
            f"{_shown(db_url)} cannot be read ({words}). Is it the bot's database, of this "
            "freqtrade version?"
        ) from error
    finally:
        engine.dispose()


def _read(session: Session, strategy: str) -> BotTrades:
    loaded = select(Trade).options(joinedload(Trade.orders)).order_by(Trade.id)
    found = list(session.scalars(loaded).unique())
    own = [trade for trade in found if trade.strategy == strategy]
    rows = [row for trade in own if (row := _row(trade)) is not None]
    coins: dict[str, int] = {}
    for trade in own:
        if trade.fee_open_currency:
            coins[trade.fee_open_currency] = coins.get(trade.fee_open_currency, 0) + 1
    return BotTrades(
        trades=pd.DataFrame(rows) if rows else no_trades().assign(is_open=[]),
        locks=_locks(session),
        of_others=len(found) - len(own),
        fee_currencies=coins,
        began=_began(session),
        balances=_balances(session),
    )


def _row(trade: Trade) -> dict[str, Any] | None:
    """A trade with anything filled; None for one whose entry still waits."""
    orders = [_order(order, trade.entry_side) for order in trade.orders]
    filled = [order for order in orders if order is not None]
    if not filled and trade.is_open:
        return None
    return {
        "pair": trade.pair,
        "is_short": bool(trade.is_short),
        "is_open": bool(trade.is_open),
        "open_date": _utc(trade.open_date),
        "close_date": _utc(trade.close_date),
        "open_rate": trade.open_rate,
        "close_rate": float("nan") if trade.is_open else trade.close_rate,
        "amount": trade.amount,
        "stake_amount": trade.stake_amount,
        "fee_open": trade.fee_open,
        "fee_close": trade.fee_close,
        "profit_abs": float("nan") if trade.is_open else trade.close_profit_abs,
        "profit_ratio": float("nan") if trade.is_open else trade.close_profit,
        "realized_profit": trade.realized_profit or 0.0,
        "funding_fees": trade.funding_fees or 0.0,
        "enter_tag": trade.enter_tag,
        "exit_reason": None if trade.is_open else trade.exit_reason,
        "orders": filled,
    }


def _order(order: Order, entry_side: str) -> dict[str, Any] | None:
    """A filled order as freqtrade's backtest writes it, with the amount that the exchange took."""
    filled = order.order_filled_utc
    if filled is None or not order.safe_filled:
        return None
    return {
        "amount": order.safe_filled,
        "requested": order.safe_amount,
        "safe_price": order.safe_price,
        "ft_is_entry": order.ft_order_side == entry_side,
        "order_filled_timestamp": int(filled.timestamp() * 1000),
    }


def _began(session: Session) -> pd.Timestamp | None:
    """Freqtrade's note of the first start."""
    if not inspect(session.get_bind()).has_table(_KeyValueStoreModel.__tablename__):
        return None
    wanted = select(_KeyValueStoreModel.datetime_value).where(_KeyValueStoreModel.key == BEGAN)
    moment = session.scalars(wanted).first()
    return None if moment is None else pd.Timestamp(moment, tz="UTC")


def _locks(session: Session) -> pd.DataFrame:
    rows = [
        dict(
            zip(
                LOCK_COLUMNS,
                (lock.pair, _utc(lock.lock_time), _utc(lock.lock_end_time), lock.reason or ""),
                strict=True,
            )
        )
        for lock in session.scalars(select(PairLock).order_by(PairLock.id))
    ]
    return pd.DataFrame(rows) if rows else no_locks()


def _balances(session: Session) -> pd.Series:
    """Wealth at each moment at which freqtrade kept its wallets."""
    if not inspect(session.get_bind()).has_table(WalletHistory.__tablename__):
        return _series({})
    kept: dict[Any, float] = {}
    for row in session.scalars(select(WalletHistory).where(WalletHistory.bot_managed)):
        kept[_utc(row.timestamp)] = kept.get(_utc(row.timestamp), 0.0) + (row.total_quote or 0.0)
    return _series(kept)


def _series(kept: dict[Any, float]) -> pd.Series:
    dates = pd.DatetimeIndex(list(kept), tz="UTC")
    return pd.Series(list(kept.values()), index=dates, dtype=float).sort_index()


def _read_only(db_url: str) -> Engine:
    """An engine that cannot write."""
    try:
        url = make_url(db_url)
        if url.get_backend_name() != SQLITE:
            return create_engine(url).execution_options(postgresql_readonly=True)
        path = Path(url.database or "")
        if not path.is_file():
            raise RegimesError(
                f"There is no database {path}. Give the bot's own with --db-url, as in "
                "sqlite:///user_data/tradesv3.dryrun.sqlite."
            )
        return create_engine(f"sqlite:///file:{path.resolve().as_posix()}?mode=ro&uri=true")
    except (SQLAlchemyError, ImportError) as error:
        raise RegimesError(
            f"{_shown(db_url)} is no database address that can be used ({error}). Write "
            "sqlite:///path or postgresql+psycopg://user:password@host/name."
        ) from error


def _shown(db_url: str) -> str:
    """The address without its password."""
    try:
        return make_url(db_url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "The database address"


def _utc(moment: datetime | None) -> Any:
    return pd.NaT if moment is None else pd.Timestamp(moment, tz="UTC")
