"""Direction 5: limit orders that rest at the last price, with the risk of not being filled.

An order rests at the close that decided it. It is filled, for 2 basis points, only if a later
price trades through it by a basis point. If not, entries and exits of the rule are made at the
market at the end of the wait, at the price that has run away meanwhile and the taker's cost; an
entry of the four-hour model is given up, its exit made at the market.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.features.volatility import ewma_volatility
from search.account import Account, by_day, together, trade
from search.blocks import BLOCKS, SPOT_COST, Block
from search.candidate import Candidate
from search.history import History, by_pair, walk
from search.rule_arm import BAND, TIMEFRAME, preset, rule_account, rule_targets, wide

MAKER_COST = 0.0002
THROUGH = 0.0001
HOURS_AHEAD = 4
HOUR, CANDLE = pd.Timedelta(hours=1), pd.Timedelta(hours=4)
HOURS_A_YEAR = 365 * 24
Floats = npt.NDArray[np.float64]


def candidates(history: History) -> list[Candidate]:
    """The rule with orders that rest; idle money traded by a four-hour model, three thresholds."""
    hourly = History("1h", (6, 24, 84, 336), (HOURS_AHEAD,), history.blocks)
    made = [
        Candidate("resting orders", f"rule, {hours} h", BLOCKS, _rested(hours)) for hours in (1, 4)
    ]
    made += [
        Candidate("resting orders", f"idle money, edge {edge:g} bp", BLOCKS, _idle(hourly, edge))
        for edge in (10, 20, 40)
    ]
    controls = {
        "idle money, edge 40 bp, taker": _idle(hourly, 40, rests=False),
        "idle money after a fall, no model": _idle(hourly, 0),
    }
    return made + [Candidate("resting orders", n, BLOCKS, one) for n, one in controls.items()]


# --- the rule's own orders -----------------------------------------------------------------------


def _rested(hours: int):
    def account(block: Block, factor: float) -> Account:
        candles = block.candles(TIMEFRAME)
        opens = wide(candles, "open")
        fills = _fills(block, opens, wide(candles, "close"), hours, factor)
        targets = rule_targets(candles, preset(block))
        cost = SPOT_COST * factor
        return trade(targets, opens, cost=cost, band=BAND, start=block.start, fills=fills)

    return account


def _fills(
    block: Block, opens: pd.DataFrame, closes: pd.DataFrame, hours: int, factor: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cost of buying and selling beside the open at which the market order would be filled."""
    inside = block.candles("1h")
    low, high, price = (wide(inside, name) for name in ("low", "high", "open"))
    reach = pd.date_range(price.index[0], price.index[-1], freq="h")
    low, high, price = (frame.reindex(reach) for frame in (low, high, price.ffill()))
    lowest = low[::-1].rolling(hours, min_periods=1).min()[::-1].reindex(opens.index)
    highest = high[::-1].rolling(hours, min_periods=1).max()[::-1].reindex(opens.index)
    limit = closes.shift(1)
    later = price.shift(-hours).reindex(opens.index).fillna(opens)
    missed, rested = later / opens - 1, limit / opens - 1
    bought, sold = lowest < limit * (1 - THROUGH), highest > limit * (1 + THROUGH)
    taker, maker = SPOT_COST * factor, MAKER_COST * factor
    buying = (rested + maker).where(bought, missed + taker)
    selling = (maker - rested).where(sold, taker - missed)
    return buying, selling


# --- a four-hour model on idle money -------------------------------------------------------------


def _idle(hourly: History, edge: float, *, rests: bool = True):
    def account(block: Block, factor: float) -> Account:
        said = hourly.once("said", lambda: _said(hourly)) if edge else None
        candles = block.candles("1h")
        share = _idle_share(block, candles)
        books = []
        for pair, frame in candles.items():
            frame = frame[frame["date"] >= pd.Timestamp(block.start, tz="UTC")]
            if said is None:
                expected = _after_a_fall(frame["close"])
            else:
                unit = _unit(candles[pair]).reindex(frame["date"]).to_numpy()
                expected = said[pair].reindex(frame["date"]).to_numpy() * unit
            costs = (MAKER_COST * factor if rests else SPOT_COST * factor, SPOT_COST * factor)
            size = share[pair].reindex(frame["date"]).fillna(0.0).to_numpy()
            books.append(_book(frame, expected, size, edge / 1e4, costs, rests))
        return together(rule_account(block, factor=factor), _account(books))

    return account


def _said(hourly: History) -> pd.DataFrame:
    rows = hourly.rows()
    label, known = (rows[f"{name}_{HOURS_AHEAD}"] for name in ("label", "known"))
    return by_pair(rows, walk(rows, hourly.features(), label, known))


def _after_a_fall(close: pd.Series) -> Floats:
    """Above 0 for four hours after a fall of 3 % within two hours, else below: the study's rule."""
    fell = (close / close.shift(2) - 1 <= -0.03).astype(float)
    return np.where(fell.rolling(HOURS_AHEAD, min_periods=1).max() > 0, 1.0, -1.0)


def _unit(frame: pd.DataFrame) -> pd.Series:
    """Standard deviation of a four-hour move, as the label has it."""
    hourly = ewma_volatility(frame["close"], 360) * np.sqrt(HOURS_AHEAD)
    return hourly.set_axis(frame["date"])


def _idle_share(block: Block, hours: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Share of each sleeve that the rule leaves, by its last closed candle, at 40 % volatility."""
    rule = rule_targets(block.candles(TIMEFRAME), preset(block))
    known = rule.set_axis(rule.index + CANDLE - HOUR)  # the hour that closes with the candle
    idle = (1 - known).clip(lower=0.0)
    index = wide(hours, "close").index
    annual = {
        pair: _unit(frame) / np.sqrt(HOURS_AHEAD) * np.sqrt(HOURS_A_YEAR)
        for pair, frame in hours.items()
    }
    return idle.reindex(index, method="ffill") * (0.40 / pd.DataFrame(annual)).clip(upper=1.0)


def _book(
    frame: pd.DataFrame,
    expected: Floats,
    size: Floats,
    edge: float,
    costs: tuple[float, float],
    rests: bool,
) -> pd.DataFrame:
    """Returns, value traded and positions opened by hour, of one pair; long only."""
    opened, high, low, close = (frame[n].to_numpy() for n in ("open", "high", "low", "close"))
    net, value, began = (np.zeros(len(frame)) for _ in range(3))
    held, mark, leaving = 0.0, 0.0, False
    for at in range(1, len(frame)):
        limit = close[at - 1]
        if held == 0 and expected[at - 1] > edge and size[at - 1] > 0:
            if not rests or low[at] < limit * (1 - THROUGH):
                held, mark, began[at] = size[at - 1], limit if rests else opened[at], 1
                net[at] -= held * costs[0]
                value[at] += held
        elif held > 0 and (leaving or expected[at - 1] < 0 or np.isnan(expected[at - 1])):
            rested = rests and not leaving and high[at] > limit * (1 + THROUGH)
            if rested or leaving or not rests:
                price = limit if rested else opened[at]
                net[at] += held * (price / mark - 1) - held * costs[0 if rested else 1]
                value[at] += held
                held, leaving = 0.0, False
            else:
                leaving = True
        if held > 0:
            net[at] += held * (close[at] / mark - 1)
            mark = close[at]
    columns = {"net": net, "value": value, "began": began}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(frame["date"]))


def _account(books: list[pd.DataFrame]) -> Account:
    """Equal sleeves together; ``gross`` counts the maker's cost, so break-even is beside it."""
    mean = pd.concat([book["net"] for book in books], axis=1).fillna(0.0).mean(axis=1)
    value = sum(float(book["value"].sum()) for book in books) / len(books)
    opened = sum(int(book["began"].sum()) for book in books)
    return Account(by_day(mean), value, float(mean.sum()), opened, float("nan"))
