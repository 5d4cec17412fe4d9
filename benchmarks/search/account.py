"""What target weights earn: filled at the next open, costs paid, returns by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

DAYS_PER_YEAR = 365
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Account:
    """The account of one candidate.

    Attributes
    ----------
    daily : simple net return of each UTC day.
    traded : value bought and sold, in units of the account, summed over all candles.
    gross : sum of the candles' returns before costs.
    trades : positions opened (from nothing), over all pairs.
    exposure : mean share of the account that is held.
    """

    daily: pd.Series
    traded: float
    gross: float
    trades: int
    exposure: float

    @property
    def sharpe(self) -> float:
        """Sharpe ratio of the days, times the root of 365."""
        return sharpe(self.daily)

    @property
    def net(self) -> float:
        """Return of the whole time, compounded."""
        return float((1 + self.daily).prod() - 1)

    @property
    def drawdown(self) -> float:
        """Deepest fall of the daily equity from its peak, below 0."""
        equity = (1 + self.daily).cumprod()
        return float((equity / equity.cummax().clip(lower=1.0) - 1).min())

    @property
    def turnover(self) -> float:
        """Value traded in a year of 365 days, in units of the account."""
        return self.traded / len(self.daily) * DAYS_PER_YEAR

    @property
    def break_even(self) -> float:
        """Cost of a side, as a fraction, that would have eaten the gross return."""
        return self.gross / self.traded if self.traded > 0 else float("nan")


def sharpe(daily: pd.Series) -> float:
    """Mean over standard deviation of daily returns, times the root of 365; 0 if nothing moved."""
    spread = float(daily.std())
    return float(daily.mean()) / spread * float(np.sqrt(DAYS_PER_YEAR)) if spread > 0 else 0.0


def trade(
    targets: pd.DataFrame,
    opens: pd.DataFrame,
    *,
    cost: float,
    band: float,
    start: str,
    extra: pd.DataFrame | None = None,
    fills: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> Account:
    """Hold targets from the next open on; each pair's sleeve is an equal part of the account.

    Parameters
    ----------
    targets : share of each pair's sleeve wanted at each candle's close, indexed by opening time;
        negative is short. Entries to and exits from 0 are always traded, other changes outside of
        ``band`` only.
    opens : opening prices, same shape.
    cost : of a side, as a fraction of the traded value.
    start : first day that is traded.
    extra : what holding a whole sleeve long earns in each candle beside its price (funding paid is
        negative), same shape.
    fills : costs of buying and of selling at each candle's open instead of ``cost``, same shapes.
    """
    since = opens.index >= pd.Timestamp(start, tz="UTC")
    wanted, price = targets.shift(1).fillna(0.0)[since].to_numpy(), opens[since]
    moves = (price.shift(-1) / price - 1).fillna(0.0).to_numpy()
    if extra is not None:
        moves = moves + extra[since].fillna(0.0).to_numpy()
    costs = np.full((2, *moves.shape), cost)
    if fills is not None:
        costs = np.stack([side[since].fillna(cost).to_numpy() for side in fills])
    sleeves = [
        _sleeve(wanted[:, at], moves[:, at], costs[:, :, at], band) for at in range(moves.shape[1])
    ]
    held, changed, paid = (np.stack([part[i] for part in sleeves], axis=1) for i in range(3))
    gross = (held * moves).mean(axis=1)
    before = np.vstack([np.zeros(held.shape[1]), held[:-1]])
    return Account(
        by_day(pd.Series(gross - paid.mean(axis=1), index=price.index)),
        float(np.abs(changed).mean(axis=1).sum()),
        float(gross.sum()),
        int(((held != 0) & (before == 0)).sum()),
        float(np.abs(held).mean()),
    )


def by_day(returns: pd.Series) -> pd.Series:
    """Returns of candles, indexed by opening time, compounded by UTC day."""
    days = pd.DatetimeIndex(returns.index).floor("D")
    return (1 + returns).groupby(days).prod() - 1


def _sleeve(
    wanted: Floats, moves: Floats, costs: Floats, band: float
) -> tuple[Floats, Floats, Floats]:
    """Share held during each candle, change at its open and what that cost, of one sleeve."""
    held, changed, paid = (np.zeros(len(wanted)) for _ in range(3))
    share = 0.0
    for at, target in enumerate(wanted):
        turns = (target == 0) != (share == 0) or target * share < 0
        if turns or abs(target - share) > band:
            changed[at] = target - share
            paid[at] = abs(changed[at]) * costs[int(changed[at] < 0), at]
            share = target
        held[at] = share
        share = share * (1 + moves[at]) / (1 + share * moves[at] - paid[at])
    return held, changed, paid


def together(first: Account, second: Account) -> Account:
    """Two accounts that share the money: what the second does with what the first leaves idle."""
    return Account(
        first.daily.add(second.daily, fill_value=0.0),
        first.traded + second.traded,
        first.gross + second.gross,
        first.trades + second.trades,
        first.exposure + second.exposure,
    )


def joined(accounts: Mapping[str, Account]) -> pd.Series:
    """Daily returns over all blocks; where two hold the same day, their mean."""
    days = pd.concat([account.daily for account in accounts.values()])
    return days.groupby(level=0).mean()
