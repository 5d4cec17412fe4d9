"""Widens intervals after misses and narrows them after hits, by outcomes known at the row alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import TrainingError
from freqai_regimes.intervals.options import IntervalOptions

COLUMNS = ("date", "prediction", "lower", "upper", "outcome", "known_at")
_ROWS_AT_ONCE = 10_000


def adapted_intervals(frame: pd.DataFrame, options: IntervalOptions) -> pd.DataFrame:
    """Intervals that keep their coverage when the market changes.

    After each outcome the width is multiplied by exp(step * (miss - (1 - coverage))), where miss is
    1 if the interval of that width did not hold it, else 0: the update of adaptive conformal
    inference (Gibbs & Candès 2021), on the logarithm of the width as in conformal PID control
    (Angelopoulos, Candès & Tibshirani 2023) instead of on the level, so a width is never infinite.

    Row t begins with the width that the model gave and goes through the last ``memory_outcomes``
    outcomes that were known by then, in the order in which they became known. So it is a function
    of candles up to t and of nothing kept in memory: backtest, live bot and restarted bot agree bit
    for bit as soon as the frame holds so many known outcomes before the row (``outcomes_used``).

    Parameters
    ----------
    frame : one pair's rows in time order, with the columns

        - ``date``: opening time of the candle;
        - ``prediction``, ``lower``, ``upper``: as the model gave them, in the label's unit; NaN
          where they are not trusted, and such rows count for nothing;
        - ``outcome``, ``known_at``: the label and the opening time of the candle whose close makes
          it certain; NaN and NaT while unknown.

    options : coverage, step and memory.

    Returns
    -------
    Frame with the index of the given one: ``lower``, ``upper``, in the label's unit; ``width``, by
    what the model's was multiplied; ``outcomes_used``, 0 to ``memory_outcomes``.

    Raises
    ------
    TrainingError
        If a column is missing or dates do not rise.
    """
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise TrainingError(f"Intervals need the columns {', '.join(COLUMNS)}; missing: {missing}.")
    if not frame["date"].is_monotonic_increasing:
        raise TrainingError("Intervals are adapted in time order: sort the rows of a pair by date.")
    ratio, before, by_row = _outcomes_known(frame)
    width = np.exp(_replayed(ratio, before, by_row, options))
    middle = frame["prediction"]
    return pd.DataFrame(
        {
            "lower": middle - width * (middle - frame["lower"]),
            "upper": middle + width * (frame["upper"] - middle),
            "width": width,
            "outcomes_used": np.minimum(by_row, options.memory_outcomes),
        },
        index=frame.index,
    )


def _outcomes_known(
    frame: pd.DataFrame,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Find how far out each outcome lay, in half-widths, in the order in which they became known.

    Returns
    -------
    Those, shape (outcomes,); how many were known at the row of each, shape (outcomes,); how many
    were known at each row, shape (rows,).
    """
    middle, came = frame["prediction"].to_numpy(float), frame["outcome"].to_numpy(float)
    lower, upper = frame["lower"].to_numpy(float), frame["upper"].to_numpy(float)
    reach = np.where(came >= middle, upper - middle, middle - lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(came - middle) / reach
    known = np.isfinite(ratio) & frame["known_at"].notna().to_numpy()
    when = frame["known_at"][known]
    order = when.array.argsort(kind="stable")
    # The candle of row t has closed, so what its close makes known is known at t.
    by_row = np.asarray(when.iloc[order].searchsorted(frame["date"], side="right"))
    return ratio[known][order], by_row[known][order], by_row


def _replayed(
    ratio: npt.NDArray[np.float64],
    before: npt.NDArray[np.intp],
    by_row: npt.NDArray[np.intp],
    options: IntervalOptions,
) -> npt.NDArray[np.float64]:
    """Logarithm of the width after the last outcomes known by each row; all rows step together.

    Whether an outcome was missed is judged by the width that its own row had, of what was known
    then: outcomes come late, and the width that is there by then is not the one that was shown.
    """
    starts = range(0, len(ratio) + 1, _ROWS_AT_ONCE)
    stops = [*starts[1:], len(ratio) + 1]
    blocks = [
        _last(ratio, before, range(start, stop), options)
        for start, stop in zip(starts, stops, strict=True)
    ]
    return np.concatenate(blocks)[by_row]


def _last(
    ratio: npt.NDArray[np.float64],
    before: npt.NDArray[np.intp],
    counts: range,
    options: IntervalOptions,
) -> npt.NDArray[np.float64]:
    """Logarithm of the width once so many outcomes were known, for each of the counts."""
    memory, allowed = options.memory_outcomes, 1 - options.coverage
    wider, narrower = options.step * (1 - allowed), options.step * (0 - allowed)
    logarithm = np.zeros((memory + 1, len(counts)))
    column, late = np.arange(len(counts)), before - np.arange(len(before))
    for step in range(max(memory - counts[-1], 0), memory):
        none = max(memory - step - counts[0], 0)  # the first columns have no such outcome
        outcome = slice(counts[0] + none - memory + step, counts[-1] + 1 - memory + step)
        shown = np.maximum(late[outcome] + step, 0) * len(counts) + column[none:]
        miss = ratio[outcome] > np.exp(logarithm.take(shown))
        move = np.where(miss, wider, narrower)
        np.add(logarithm[step, none:], move, out=logarithm[step + 1, none:])
    return np.asarray(logarithm[memory])
