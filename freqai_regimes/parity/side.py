"""What one run did and saw, in the form in which two runs are compared: a bot's, a backtest's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from freqai_regimes.errors import RegimesError

TRADE_COLUMNS = (
    "pair",
    "is_short",
    "open_date",
    "close_date",
    "open_rate",
    "close_rate",
    "amount",
    "stake_amount",
    "fee_open",
    "fee_close",
    "profit_abs",
    "profit_ratio",
    "enter_tag",
    "exit_reason",
)
TRAINING_COLUMNS = ("pair", "trained_from", "trained_to", "rows", "model_version")
LOCK_COLUMNS = ("pair", "lock_time", "lock_end_time", "reason")


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def no_trades() -> pd.DataFrame:
    """Trades of a run without any."""
    return _empty(TRADE_COLUMNS)


def no_trainings() -> pd.DataFrame:
    """Trainings of a run without a model, or of which nothing is known."""
    return _empty(TRAINING_COLUMNS)


def no_locks() -> pd.DataFrame:
    """Locks of a run without any."""
    return _empty(LOCK_COLUMNS)


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes
    ----------
    name : ``live`` or ``backtest``, for people.
    timeframe : of the candles, such as ``5m``.
    candles : pair -> frame with ``date`` (opening time, UTC; the row is known once it has closed)
        and those recorded columns that there are, each value as it was known at that candle's
        close: ``open high low close volume``, ``regime``, ``do_predict``, ``model_version``,
        ``prediction``, ``score``, ``weight``, ``enter_long`` and so on; in what order they depend
        on each other is said in ``stages``. A candle that was never analysed has no row. An
        optional ``seen_at`` (UTC) says when it was analysed.
    trades : freqtrade's backtest trades (``TRADE_COLUMNS``), times in UTC; an open trade has no
        ``close_date``, or was closed with ``force_exit``. An optional ``orders`` holds for each
        trade freqtrade's list of filled orders (``amount``, ``safe_price``, ``ft_is_entry``,
        ``order_filled_timestamp`` in ms, optionally ``requested``: the amount asked for).
    trainings : one row a pair and training: ``trained_from`` and ``trained_to`` (UTC, first row and
        end of the window), ``rows`` (learned from), ``model_version`` (as in the candles). Optional
        ``digest``: of the rows learned from. NaN where unknown.
    locks : ``pair`` (``*`` is all), ``lock_time``, ``lock_end_time`` (UTC), ``reason``.
    spans : (start, stop) of each time the bot ran (UTC); () for a backtest, or where unknown.
    features : pair -> frame with ``date`` and the features that the prediction of that candle was
        made from; {} where they were not kept.
    cut : pair -> frame with ``date`` and any columns of ``candles`` or ``features``, computed from
        the long history cut off after that candle; it tells look-ahead (the backtest differs from
        it) from dependence on the length of history (live differs from it); {} where not computed.
    """

    name: str
    timeframe: str
    candles: Mapping[str, pd.DataFrame]
    trades: pd.DataFrame = field(default_factory=no_trades)
    trainings: pd.DataFrame = field(default_factory=no_trainings)
    locks: pd.DataFrame = field(default_factory=no_locks)
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp], ...] = ()
    features: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    cut: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, frame, columns in (
            ("trades", self.trades, TRADE_COLUMNS),
            ("trainings", self.trainings, TRAINING_COLUMNS),
            ("locks", self.locks, LOCK_COLUMNS),
        ):
            _refuse_missing(f"{self.name}: {what}", frame, columns)
        for kind in ("candles", "features", "cut"):
            for pair, frame in getattr(self, kind).items():
                _refuse_dates(f"{self.name}: {kind} of {pair}", frame)


def _refuse_missing(what: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise RegimesError(f"{what} lack {', '.join(missing)}; give {', '.join(columns)}.")


def _refuse_dates(what: str, frame: pd.DataFrame) -> None:
    _refuse_missing(what, frame, ("date",))
    dates = frame["date"]
    if not isinstance(dates.dtype, pd.DatetimeTZDtype):
        raise RegimesError(f"{what} have dates of type {dates.dtype}; times in UTC are needed.")
    if not (dates.is_monotonic_increasing and dates.is_unique):
        raise RegimesError(f"{what} have dates that repeat or go back; sort them, keep one each.")
