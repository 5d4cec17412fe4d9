"""Whether a run's entries beat entries at random moments: as many, as long, as costly.

Two nulls, since each is blind to something:

- *scattered*: each pair's trades are laid anew, in random order with random pauses. Trades of a
  pair never overlap and leave a candle between them, as freqtrade's do. It asks about the moments,
  but forgets that pairs are often entered together, which makes luck come in larger lumps.
- *shifted*: all trades of all pairs move together by the same number of candles, in a circle over
  the run. Pauses and what pairs did together stay as they were.

Sides and sizes stay too. Assumes that a trade's profit is that of holding its value from entry to
exit; additions and partial exits count in the trade's mean value over its time. A rise of the whole
market helps random entries as much as chosen ones: this asks about timing, not about being
invested. Source of the p value, (1 + k) / (1 + n): Davison and Hinkley 1997, chapter 4; of circular
shifts: Theiler and Prichard 1996.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import CandleError
from freqai_regimes.evidence.fills import fills, held_value

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
DRAWS = 2000
FEWEST_TRADES = 5
_VALUES_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class RandomEntries:
    """A run's profit beside that of random moments.

    Attributes
    ----------
    profit : of the run's own trades, priced as the random ones are, in stake currency.
    scattered_mean, shifted_mean : mean profit of the random ones.
    p_scattered, p_shifted : share of them that did as well, (1 + k) / (1 + n); NaN without a null.
    draws, shifts : how many there were.
    reason : one sentence.
    """

    profit: float
    scattered_mean: float
    shifted_mean: float
    p_scattered: float
    p_shifted: float
    draws: int
    shifts: int
    reason: str

    @property
    def p_value(self) -> float:
        """The larger of both: entries must beat either null."""
        return float(np.maximum(self.p_scattered, self.p_shifted))


@dataclass(frozen=True)
class _PairTrades:
    """Trades of a pair in candles; all arrays of shape (trades,) but the opens.

    ``value`` is the money held, signed by side: what a return of 1 would bring.
    """

    opens: Floats
    entry: Rows
    length: Rows
    value: Floats
    cost: Floats

    def profit(self, entry: Rows, order: Rows) -> Floats:
        """Profit by draw of trades ``order`` that begin at rows ``entry``; shape (draws, trades).

        Rows beyond the last candle go on at the first one, with the returns that follow there.
        """
        rows = len(self.opens) - 1
        log = np.log(self.opens)
        laps, place = np.divmod(entry + self.length[order], rows)
        begin_laps, begin = np.divmod(entry, rows)
        grown = log[place] - log[begin] + (laps - begin_laps) * (log[rows] - log[0])
        gain = np.expm1(grown) * self.value[order] - self.cost[order]
        return np.asarray(gain.sum(axis=1))


def random_entries(
    trades: pd.DataFrame,
    candles: Mapping[str, pd.DataFrame],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> RandomEntries:
    """Compare a run's trades with trades at random moments of the same candles.

    Parameters
    ----------
    trades : freqtrade's backtest trades.
    candles : by pair, the candles of the run's range: ``date`` (opening time, UTC, ascending) and
        ``open``. Nothing outside the range may be in them, since random trades go anywhere.
    draws : random layouts, and shifts at most (they are spread evenly over all that there are).

    Raises
    ------
    CandleError
        If a traded pair has no candles, or a trade lies outside them.
    """
    if len(trades) < FEWEST_TRADES:
        nan = math.nan
        why = f"{len(trades)} trades; {FEWEST_TRADES} are needed to compare with random entries."
        return RandomEntries(0.0, nan, nan, nan, nan, 0, 0, why)
    held = _held(trades, candles)
    own = float(sum(one.profit(one.entry[None], _as_traded(one)[None])[0] for one in held))
    generator = np.random.default_rng(seed)
    scattered = np.sum([_scattered(one, draws, generator) for one in held], axis=0)
    shifted = _shifted(held, draws)
    p_scattered, p_shifted = _p_value(own, scattered), _p_value(own, shifted)
    return RandomEntries(
        own,
        float(scattered.mean()),
        float(shifted.mean()) if len(shifted) else math.nan,
        p_scattered,
        p_shifted,
        draws,
        len(shifted),
        f"{len(trades)} trades gained {own:,.2f}; as many of the same lengths at random moments "
        f"{scattered.mean():,.2f} on average (as well or better: {p_scattered:.3f} of them, "
        f"{p_shifted:.3f} of those moved together).",
    )


def _held(trades: pd.DataFrame, candles: Mapping[str, pd.DataFrame]) -> list[_PairTrades]:
    """Trades of each pair, in the order in which they were opened."""
    filled = fills(trades)
    sign = np.where(trades["is_short"].astype(bool), -1.0, 1.0)
    frame = pd.DataFrame(
        {
            "pair": trades["pair"].to_numpy(),
            "opened": pd.to_datetime(trades["open_date"].to_numpy(), utc=True),
            "closed": pd.to_datetime(trades["close_date"].to_numpy(), utc=True),
            "value": held_value(filled).to_numpy() * sign,
            "cost": filled.groupby("trade")["cost"].sum().to_numpy(),
        }
    ).sort_values("opened", kind="stable")
    return [_of_pair(part, str(pair), candles) for pair, part in frame.groupby("pair")]


def _of_pair(trades: pd.DataFrame, pair: str, candles: Mapping[str, pd.DataFrame]) -> _PairTrades:
    if pair not in candles:
        raise CandleError(f"No candles of {pair}, which was traded; give those of the run.")
    dates = pd.DatetimeIndex(candles[pair]["date"]).as_unit("ns")
    opened, closed = (pd.DatetimeIndex(trades[name]).as_unit("ns") for name in ("opened", "closed"))
    inside = len(dates) > 1 and opened.min() >= dates[0]
    if not inside or closed.max() >= dates[-1] + (dates[-1] - dates[-2]):
        raise CandleError(
            f"Trades of {pair} from {opened.min()} to {closed.max()} lie outside its {len(dates)} "
            "candles; give those of the run."
        )
    entry = dates.searchsorted(opened, side="right") - 1
    leave = dates.searchsorted(closed, side="right") - 1
    return _PairTrades(
        candles[pair]["open"].to_numpy(dtype=float),
        np.asarray(entry, dtype=np.intp),
        np.asarray(leave - entry, dtype=np.intp),
        trades["value"].to_numpy(dtype=float),
        trades["cost"].to_numpy(dtype=float),
    )


def _as_traded(one: _PairTrades) -> Rows:
    return np.arange(len(one.entry))


def _scattered(one: _PairTrades, draws: int, generator: np.random.Generator) -> Floats:
    """Profit of random layouts: the candles that are free are shared out at random places."""
    count, rows = len(one.length), len(one.opens) - 1
    pause = 1 if rows - int(one.length.sum()) - (count - 1) >= 0 else 0
    free = max(rows - int(one.length.sum()) - pause * (count - 1), 0)
    sums = []
    at_once = max(_VALUES_AT_ONCE // count, 1)
    for first in range(0, draws, at_once):
        shape = (min(at_once, draws - first), count)
        order = np.argsort(generator.random(shape), axis=1)
        before = np.sort(generator.integers(0, free + 1, shape), axis=1)
        taken = np.cumsum(one.length[order] + pause, axis=1) - one.length[order] - pause
        sums.append(one.profit(before + taken, order))
    return np.concatenate(sums)


def _shifted(held: list[_PairTrades], draws: int) -> Floats:
    """Profit of the trades moved together, by each shift but none at all.

    Short shifts count too: under the null every rotation is as likely as the one that was traded.
    """
    rows = max(len(one.opens) for one in held) - 1
    allowed = np.arange(1, rows)
    if len(allowed) > draws:
        allowed = allowed[np.linspace(0, len(allowed) - 1, draws).round().astype(int)]
    total = np.zeros(len(allowed))
    for one in held:
        at_once = max(_VALUES_AT_ONCE // len(one.entry), 1)
        own = len(one.opens) - 1
        for first in range(0, len(allowed), at_once):
            part = allowed[first : first + at_once]
            # A pair with fewer candles goes round its own circle by the same share of it.
            moved = one.entry[None, :] + (part[:, None] * own) // rows
            total[first : first + at_once] += one.profit(moved % own, _as_traded(one))
    return total


def _p_value(own: float, null: Floats) -> float:
    if len(null) == 0:
        return math.nan
    slack = 1e-9 * max(1.0, abs(own))
    return (1 + int((null >= own - slack).sum())) / (1 + len(null))
