"""Train and validation rows of one window, purged by when each label is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class PurgedSplit:
    """Row positions of the two parts; no training label is known later than validation begins."""

    train: npt.NDArray[np.intp]
    validation: npt.NDArray[np.intp]
    purged_rows: int


def purged_split(date: pd.Series, known_at: pd.Series, validation_fraction: float) -> PurgedSplit:
    """The last rows validate; earlier rows train if their label was known before those began.

    Overlapping forward labels would otherwise carry the validation period into the fit (López de
    Prado 2018, ch. 7). The gap follows from ``known_at``, it is never a number typed by hand.

    Parameters
    ----------
    date : opening time of each row's candle, rising.
    known_at : opening time of the candle whose close makes the row's label certain.
    validation_fraction : share of rows, in (0, 1).

    Returns
    -------
    PurgedSplit; its parts are disjoint, in time order, and may be empty when rows are few.
    """
    first_validation = len(date) - round(len(date) * validation_fraction)
    positions = np.arange(len(date))
    validation = positions[first_validation:]
    if len(validation) == 0:
        return PurgedSplit(positions, validation, 0)
    begins = date.iloc[first_validation]
    train = positions[:first_validation][(known_at.iloc[:first_validation] < begins).to_numpy()]
    return PurgedSplit(train, validation, first_validation - len(train))


def stopping_split(
    date: pd.Series, known_at: pd.Series, train: npt.NDArray[np.intp], stopping_fraction: float
) -> PurgedSplit:
    """The last part of the training rows says when to stop; the rest, purged, is fitted on.

    A learner that stops early on the rows that measure it has chosen what suits them, and its score
    there is too good. So the caller of a fit hands these rows as ``stopping`` and keeps its
    validation rows for measuring alone.

    Parameters
    ----------
    date, known_at : of all rows of the window, as in ``purged_split``.
    train : positions of the training rows, in time order (``PurgedSplit.train``).
    stopping_fraction : share of the training rows, in (0, 1).

    Returns
    -------
    PurgedSplit with positions in the window: ``train`` to fit on, ``validation`` to stop by.

    >>> dates = pd.Series(pd.date_range("2024-01-01", periods=10, freq="h", tz="UTC"))
    >>> split = stopping_split(dates, dates + pd.Timedelta("2h"), np.arange(8), 0.25)
    >>> split.train.tolist(), split.validation.tolist()
    ([0, 1, 2, 3], [6, 7])
    """
    inner = purged_split(date.iloc[train], known_at.iloc[train], stopping_fraction)
    return PurgedSplit(train[inner.train], train[inner.validation], inner.purged_rows)
