"""The plain alternating rule over a score: buy when it is high, sell when it is low, in turn.

What the Intelligent Trading Bot calls ``simulate``, by the rule of its releases 0.5 and 0.6: a long
trade lasts from a buy to the next sell, a short one from a sell to the next buy. Money is not put
to work again: returns add up. Not for judging a strategy, which has stops, sizes and an account;
for that there is the backtest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import CandleError

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
MONTHS_PER_DAY = 12 / 365


@dataclass(frozen=True)
class Market:
    """A score and the prices at which it can be traded; arrays of shape (candles,).

    Parameters
    ----------
    score : known at the candle's close; NaN neither buys nor sells.
    fill : price that a signal of the row is filled at; NaN where there is none any more.
    close : of the candle.
    dates : opening times, UTC.
    day : number of the day of each row, from 0.
    """

    score: Floats
    fill: Floats
    close: Floats
    dates: pd.DatetimeIndex
    day: Rows

    @classmethod
    def of(
        cls,
        candles: pd.DataFrame,
        score: str,
        at_close: bool = False,
        first: pd.Timestamp | None = None,
    ) -> Market:
        """Prepare candles with ``date`` (UTC), ``open`` (unless ``at_close``), ``close``.

        A signal is filled at the next candle's open, or as in ITB at the close it is computed from.
        Days are counted from ``first``, by default from the first candle.

        Raises
        ------
        CandleError
            If a column is missing, or there are fewer than two candles.
        """
        needed = ["date", "close", score] + ([] if at_close else ["open"])
        missing = [name for name in needed if name not in candles]
        if missing:
            raise CandleError(
                f"The candles lack {', '.join(missing)}; they have {', '.join(map(str, candles))}."
            )
        if len(candles) < 2:
            raise CandleError(f"{len(candles)} candle(s): a simulation needs two at least.")
        close = candles["close"].to_numpy(dtype=float)
        fill = close if at_close else np.append(candles["open"].to_numpy(dtype=float)[1:], np.nan)
        dates = pd.DatetimeIndex(candles["date"])
        begin = (dates[0] if first is None else first).normalize()
        day = np.asarray((dates.normalize() - begin).days, dtype=np.intp)
        return cls(candles[score].to_numpy(dtype=float), fill, close, dates, day)

    @property
    def days(self) -> int:
        """Number of days, begun ones included."""
        return int(self.day[-1]) + 1


@dataclass(frozen=True)
class Trades:
    """Trades of one direction, in order; arrays of shape (trades,).

    Parameters
    ----------
    rows : of the signals that closed them.
    profit : in units of the price, for one unit of the coin.
    returns : the same as a fraction of the price that was traded first.
    open_return : of what is still open at the last close, with the cost of closing; 0 if nothing.
    """

    rows: Rows
    profit: Floats
    returns: Floats
    open_return: float


def transactions(market: Market, buy_threshold: float, sell_threshold: float) -> Rows:
    """Rows that are traded, a buy first and then in turn.

    A score that is both high and low enough is whichever is due. Sells before the first buy are
    nothing. Row t uses scores <= t.
    """
    buys = market.score >= buy_threshold
    sells = market.score <= sell_threshold
    rows = np.flatnonzero((buys | sells) & np.isfinite(market.fill))
    both = buys[rows] & sells[rows]
    # The state after each signal: 1 in the market, -1 out of it; "both" turns it round.
    said = np.concatenate([[-1], np.where(buys[rows], 1, -1)])
    turns = np.concatenate([[0], np.cumsum(both)])
    places = np.arange(len(said))
    last_said = np.maximum.accumulate(np.where(np.concatenate([[False], both]), 0, places))
    state = said[last_said] * np.where((turns - turns[last_said]) % 2, -1, 1)
    traded: Rows = rows[state[1:] != state[:-1]]
    return traded


def trades_of(market: Market, rows: Rows, cost: float = 0.0) -> tuple[Trades, Trades]:
    """Long and short trades between transactions, after ``cost``, a fraction of each side's value.

    The first buy closes no short trade.
    """
    paid = market.fill[rows]
    sides = np.where(np.arange(len(rows)) % 2 == 0, 1 + cost, 1 - cost)  # buys at even places
    paid = paid * sides
    bought, sold = paid[0::2], paid[1::2]
    open_long = len(bought) > len(sold)
    entered = bought[: len(sold)]
    value = market.close[-1]
    long = Trades(
        rows[1::2],
        sold - entered,
        sold / entered - 1,
        float(value * (1 - cost) / bought[-1] - 1) if open_long else 0.0,
    )
    again = bought[1:]
    before = sold[: len(again)]
    open_short = len(sold) > 0 and not open_long
    short = Trades(
        rows[2::2],
        before - again,
        1 - again / before,
        float(1 - value * (1 + cost) / sold[-1]) if open_short else 0.0,
    )
    return long, short


@dataclass(frozen=True)
class Performance:
    """What trades gave, without what is still open.

    Attributes
    ----------
    transactions : sells for long trades, buys (also the first, which closes nothing) for short
        ones, both together for both.
    profit : in units of the price; returns add up to ``total_return`` (a fraction).
    profitable : share of the transactions that gained.
    """

    transactions: int
    profit: float
    total_return: float
    profitable: float
    monthly_return: float
    open_return: float


def performance(
    parts: Sequence[Trades], transactions: int, days: float, sleeves: int = 1
) -> Performance:
    """Sum up trades of one direction or both, of so many pairs with the same money each."""
    returns = np.concatenate([part.returns for part in parts])
    total = float(returns.sum()) / sleeves
    return Performance(
        transactions,
        float(sum(part.profit.sum() for part in parts)),
        total,
        float((returns > 0).sum() / transactions) if transactions else 0.0,
        total / (days * MONTHS_PER_DAY),
        float(sum(part.open_return for part in parts)) / sleeves,
    )


def pooled(
    rows: Sequence[Rows], trades: Sequence[tuple[Trades, Trades]], days: float
) -> dict[str, Performance]:
    """Performance of ``both``, ``long`` and ``short`` trades over pairs, each with the same money.

    Parameters
    ----------
    rows, trades : one a pair, of ``transactions`` and ``trades_of``.
    days : that all of them span.
    """
    buys = sum((len(own) + 1) // 2 for own in rows)
    sells = sum(len(own) // 2 for own in rows)
    long, short = [one for one, _ in trades], [one for _, one in trades]
    return {
        "both": performance([*long, *short], buys + sells, days, len(rows)),
        "long": performance(long, sells, days, len(rows)),
        "short": performance(short, buys, days, len(rows)),
    }
