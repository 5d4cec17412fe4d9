"""Train and validation rows of one window, purged by when each label is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.errors import TrainingError

NO_EMBARGO = pd.Timedelta(0)


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


def purged_folds(
    date: pd.Series,
    known_at: pd.Series,
    folds: int,
    embargo: pd.Timedelta = NO_EMBARGO,
) -> tuple[PurgedSplit, ...]:
    """Blocks of rows that validate in turn; rows on both sides train, purged (López de Prado 2018).

    Before a block a row trains if its label was known before the block begins. After it a row
    trains if its candle opened after the last label of the block was known, and after the embargo:
    its features look back, and would see how those labels came out. All folds are for choosing and
    combining models inside one training window: later rows teach about earlier ones.

    Parameters
    ----------
    date : opening time of each row's candle; rows of several pairs lie in one time order.
    known_at : as in ``purged_split``; a label that is not known never trains.
    folds : blocks, at least 2; each has the same number of different dates, as nearly as possible.
    embargo : further time left out after a block.

    Returns
    -------
    One split a block, in time order; every row validates in exactly one.

    Raises
    ------
    TrainingError
        If there are fewer dates than blocks, or fewer than 2 blocks.

    >>> dates = pd.Series(pd.date_range("2024-01-01", periods=9, freq="h", tz="UTC"))
    >>> middle = purged_folds(dates, dates + pd.Timedelta("1h"), 3)[1]
    >>> middle.train.tolist(), middle.validation.tolist()
    ([0, 1, 7, 8], [3, 4, 5])
    """
    different = pd.Series(date.unique())
    if not 2 <= folds <= len(different):
        raise TrainingError(f"{folds} folds of {len(different)} dates: between 2 and the dates.")
    begins = [different.iloc[part[0]] for part in np.array_split(np.arange(len(different)), folds)]
    block = np.searchsorted(pd.Series(begins), date, side="right") - 1
    return tuple(
        _purged_fold(date, known_at, np.asarray(block == i), embargo) for i in range(folds)
    )


def _purged_fold(
    date: pd.Series, known_at: pd.Series, inside: npt.NDArray[np.bool_], embargo: pd.Timedelta
) -> PurgedSplit:
    ends = known_at[inside].max()  # NaT where no label of the block is known: then nothing is after
    before = (known_at < date[inside].iloc[0]).to_numpy()
    after = (known_at.notna() & (date > ends + embargo)).to_numpy()
    train = np.flatnonzero((before | after) & ~inside)
    return PurgedSplit(train, np.flatnonzero(inside), len(date) - len(train) - int(inside.sum()))
