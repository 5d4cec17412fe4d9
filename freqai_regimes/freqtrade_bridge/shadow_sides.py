"""A bot that has run and the backtest of its days, as the two sides of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.errors import RegistryError
from freqai_regimes.evaluation.record import RunRecord
from freqai_regimes.freqtrade_bridge.backtest_result import BacktestResult
from freqai_regimes.freqtrade_bridge.bot_database import BotTrades
from freqai_regimes.freqtrade_bridge.bot_history import BotHistory
from freqai_regimes.model_life.version import read_version
from freqai_regimes.parity.side import (
    LOCK_COLUMNS,
    TRAINING_COLUMNS,
    Side,
    no_locks,
    no_trades,
    no_trainings,
)

#: (pair, version) -> first row and number of rows that the model learned from.
Windows = Mapping[tuple[str, float], tuple[Any, float]]
Period = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Shadow:
    """The backtest of a bot's days.

    Attributes
    ----------
    record, result : what the strategy saw, and what freqtrade exported.
    period : trades opened in it count, on both sides.
    """

    record: RunRecord
    result: BacktestResult
    period: Period

    @property
    def timeframe(self) -> str:
        """Of the base candles."""
        return str(self.record.run["timeframe"])

    @property
    def windows(self) -> list[dict[str, Any]]:
        """What is known of each training window that did not fail."""
        return [note for note in self.record.run.get("windows") or () if not note.get("failed")]

    @property
    def label_length(self) -> pd.Timedelta:
        """From the last row that a window learns from to its end: the label's horizon."""
        spans = [
            pd.Timestamp(note["window"], unit="s", tz="UTC") - pd.Timestamp(note["trained_until"])
            for note in self.windows
        ]
        return pd.Series(spans, dtype="timedelta64[ns]").median() if spans else pd.Timedelta(0)

    @property
    def last_open(self) -> dict[str, float]:
        """Pair -> price at which a backtest leaves what is still open at its end."""
        return {pair: float(frame["open"].iloc[-1]) for pair, frame in self.record.pairs.items()}


def bot_side(history: BotHistory, known: BotTrades, registry: Path, shadow: Shadow) -> Side:
    """What the bot did on the days of a backtest.

    Parameters
    ----------
    registry : folder of the identifier's model versions; need not exist.
    """
    inside = _inside(known.trades, "open_date", shadow.period)
    prices, last = shadow.last_open, shadow.period[1]
    trades = [_cut(dict(row), last, prices) for _, row in inside.iterrows()]
    locks = _inside(known.locks, "lock_time", shadow.period)
    return Side(
        "live",
        shadow.timeframe,
        history.candles,
        pd.DataFrame(trades) if trades else no_trades(),
        _trainings(history.candles, _registered(registry), shadow.label_length),
        locks if len(locks) else no_locks(),
        history.spans,
    )


def shadow_side(shadow: Shadow) -> Side:
    """What the backtest did."""
    windows = {
        (str(note["pair"]), pd.Timestamp(note["trained_until"]).timestamp()): (
            pd.Timestamp(note["trained_from"]),
            float("nan"),  # the registry of the bot keeps no number to compare it with
        )
        for note in shadow.windows
    }
    told = shadow.result.stats.get("locks") or []
    locks = pd.DataFrame(told)[list(LOCK_COLUMNS)] if told else no_locks()
    for name in ("lock_time", "lock_end_time"):
        locks[name] = pd.to_datetime(locks[name], utc=True)
    locks = _inside(locks, "lock_time", shadow.period)
    trades = _left_open(_inside(shadow.result.trades, "open_date", shadow.period), shadow.period)
    return Side(
        "backtest",
        shadow.timeframe,
        shadow.record.pairs,
        trades if len(trades) else no_trades(),
        _trainings(shadow.record.pairs, windows, shadow.label_length),
        locks,
    )


def _inside(table: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    if table.empty:
        return table
    return table[table[column].between(*period, inclusive="left")]


# --- trades ---------------------------------------------------------------------------------------


def _cut(row: dict[Any, Any], last: pd.Timestamp, price: Mapping[str, float]) -> dict[Any, Any]:
    """The trade as it stood at the end: one that was left later was still open then."""
    if not row["is_open"] and row["close_date"] < last:
        return row
    rate = price.get(row["pair"], float("nan"))
    sign = -1.0 if row["is_short"] else 1.0
    fee_close = row["fee_close"] if row["fee_close"] == row["fee_close"] else row["fee_open"]
    gain = sign * (rate - row["open_rate"]) - row["fee_open"] * row["open_rate"] - fee_close * rate
    profit = row["realized_profit"] if row["is_open"] else 0.0
    profit += row["amount"] * gain + row["funding_fees"]
    ratio = profit / row["stake_amount"] if row["stake_amount"] else float("nan")
    open_trade: dict[str, Any] = {"close_date": pd.NaT, "close_rate": rate, "exit_reason": None}
    open_trade["orders"] = _until(row["orders"], last)
    return row | open_trade | {"profit_abs": profit, "profit_ratio": ratio}


def _left_open(trades: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The backtest's trades, those that it left in its last candle as still open."""
    if trades.empty:
        return trades
    last = trades["close_date"] >= period[1]
    return trades.assign(
        close_date=trades["close_date"].mask(last),
        exit_reason=trades["exit_reason"].astype(object).mask(last, None),
        orders=trades["orders"].map(lambda orders: _until(orders, period[1])),
    )


def _until(orders: Any, last: pd.Timestamp) -> list[dict[str, Any]]:
    """Orders that were filled before a moment."""
    ends = last.timestamp() * 1000
    return [order for order in orders or () if (order["order_filled_timestamp"] or 0) < ends]


# --- trainings ------------------------------------------------------------------------------------


def _trainings(
    candles: Mapping[str, pd.DataFrame], windows: Windows, label_length: pd.Timedelta
) -> pd.DataFrame:
    """The models that served; a version is named by the last row that it learned from."""
    rows = []
    for pair, frame in candles.items():
        versions = frame.get("model_version", pd.Series(dtype=float)).dropna().unique()
        for version in sorted(float(v) for v in versions if v > 0):
            begins, count = windows.get((pair, version), (pd.NaT, float("nan")))
            until = pd.Timestamp(version, unit="s", tz="UTC") + label_length
            rows.append(
                dict(zip(TRAINING_COLUMNS, (pair, begins, until, count, version), strict=True))
            )
    return pd.DataFrame(rows) if rows else no_trainings()


def _registered(folder: Path) -> Windows:
    """Versions in the registry; those that cannot be read tell nothing."""
    found = {}
    for path in sorted(folder.glob("*/*/version.json")):
        try:
            facts = read_version(path.parent.parent, int(path.parent.name)).facts
        except (RegistryError, ValueError):
            continue
        until = pd.Timestamp(facts.trained_until).timestamp()
        for pair in facts.pairs:
            found[pair, until] = pd.Timestamp(facts.trained_from), float("nan")
    return found


def fee_note(coins: Mapping[str, int], usual: Sequence[str]) -> str | None:
    """A sentence on fees that were not paid in the traded coins; None if all were."""
    other = {coin: count for coin, count in coins.items() if coin not in usual}
    if not other:
        return None
    said = ", ".join(f"{coin} in {count} trades" for coin, count in sorted(other.items()))
    return f"Fees were paid in {said}; freqtrade turns them into a rate at the price of that time."
