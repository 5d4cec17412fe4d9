"""How much each labelled row should count in training: overlapping labels less, old ones less."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.first_crossing import Floats


def average_uniqueness(date: pd.Series, known_at: pd.Series) -> pd.Series:
    """Share of its own lifetime that a label does not have to share with others.

    A label lives from its row until it is known. At each moment it counts as one over the number of
    labels alive, and the average of that over its life is its uniqueness: 1 for a label that
    overlaps none, about 1/h when labels of h candles start at every candle.

    Parameters
    ----------
    date : opening time of the rows; any order, rows may be missing (filtered, gaps).
    known_at : of the same rows, as in ``Labelled.known_at``.

    Returns
    -------
    Series in (0, 1], index of ``date``; NaN where the label is not known. A label known at its own
    candle overlaps nothing.

    Raises
    ------
    SettingsError
        If a label is known before its row.

    Notes
    -----
    The row's own candle is not part of the life, as the label depends on what comes after it; in
    the book it is. Time is measured by the clock, so that missing rows do not matter.

    References
    ----------
    M. Lopez de Prado, Advances in Financial Machine Learning, Wiley 2018, sections 4.3 and 4.4.

    >>> hours = pd.Series(pd.date_range("2024-01-01", periods=3, freq="h", tz="UTC"))
    >>> average_uniqueness(hours, hours + pd.Timedelta(hours=2)).tolist()
    [0.75, 0.5, 0.75]
    """
    known = known_at.notna().to_numpy() & date.notna().to_numpy()
    began, ended = _seconds(date)[known], _seconds(known_at)[known]
    if (ended < began).any():
        row = int(np.flatnonzero(known)[np.argmax(ended < began)])
        raise SettingsError(
            f"Label of {date.iloc[row]} is known at {known_at.iloc[row]}, before its own candle: "
            "known_at must be that candle or a later one."
        )
    moments, place = np.unique(np.concatenate([began, ended]), return_inverse=True)
    start, end = place[: len(began)], place[len(began) :]
    births = np.bincount(start, minlength=len(moments)) - np.bincount(end, minlength=len(moments))
    alive = np.maximum(births.cumsum()[:-1], 1)  # where none lives, no label reads the sum
    shared = np.concatenate([[0.0], (np.diff(moments) / alive).cumsum()])
    life = np.where(ended > began, ended - began, 1.0)
    unique = np.where(ended > began, (shared[end] - shared[start]) / life, 1.0)
    weight = np.full(len(date), np.nan)
    weight[known] = unique
    return pd.Series(weight, index=date.index, name="average_uniqueness")


def age_decay(date: pd.Series, half_life_days: float) -> pd.Series:
    """Weight that halves with every ``half_life_days`` of age; the newest row has 1.

    The book lets weights fall in a straight line along the sum of uniqueness; the half-life here is
    a length of time, the same however many rows there are.

    Raises
    ------
    SettingsError
        If the half-life is not above 0.

    >>> days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-11"], utc=True))
    >>> age_decay(days, half_life_days=10).tolist()
    [0.5, 1.0]
    """
    if not half_life_days > 0:
        raise SettingsError(
            f"half_life_days is {half_life_days}: give a number of days above 0, or use no decay."
        )
    age = (date.max() - date).dt.total_seconds() / 86400
    weight = 0.5 ** (age.to_numpy(dtype=float) / half_life_days)
    return pd.Series(weight, index=date.index, name="age_decay")


def sample_weight(
    date: pd.Series, known_at: pd.Series, half_life_days: float | None = None
) -> pd.Series:
    """Average uniqueness times age decay, scaled to a mean of 1 over the known rows.

    Parameters
    ----------
    half_life_days : of the decay by age; ``None`` for none.

    Returns
    -------
    Series, index of ``date``; NaN where the label is not known, so that a row which must not be
    trained on cannot be by accident.
    """
    weight = average_uniqueness(date, known_at)
    if half_life_days is not None:
        weight = weight * age_decay(date, half_life_days)
    return (weight / weight.mean()).rename("sample_weight")


def _seconds(moments: pd.Series) -> Floats:
    passed = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return np.asarray(passed, dtype=np.float64)
