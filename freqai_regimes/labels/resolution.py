"""From values and the rows that settle them to `Labelled`, and the checks that all labels share."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import StringConstraints

from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.first_crossing import Floats, Rows
from freqai_regimes.labels.labelled import Kind, Labelled

ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+-]+$")]


def resolve(
    candles: pd.DataFrame, columns: dict[str, tuple[Floats, Rows]], kind: dict[str, Kind]
) -> Labelled:
    """Put together values and the rows at whose close they are certain.

    Parameters
    ----------
    candles : ``date`` and the index that the result takes.
    columns : of each label, its values and the row numbers that settle them. A row number outside
        the frame means not settled inside the data: the value becomes NaN. A NaN value (no unit, no
        side, a dropped tie) has no time either, so that NaN and NaT always stand together.
    kind : what each column is.
    """
    dates = candles["date"].array
    values, known = {}, {}
    for name, (value, row) in columns.items():
        unsettled = np.isnan(value) | (row < 0) | (row >= len(candles))
        values[name] = np.where(unsettled, np.nan, value)
        known[name] = dates.take(np.where(unsettled, -1, row), allow_fill=True)
    return Labelled(
        pd.DataFrame(values, index=candles.index, dtype=float),
        pd.DataFrame(known, index=candles.index),
        kind,
    )


def column(candles: pd.DataFrame, name: str, label: str) -> Floats:
    """One column of the candles as floats.

    Raises
    ------
    SettingsError
        If there is no such column.
    """
    if name not in candles.columns:
        raise SettingsError(
            f"Label {label} needs the column {name!r}; the candles have "
            f"{', '.join(map(str, candles.columns))}. Correct the name or add what makes it."
        )
    return candles[name].to_numpy(dtype=float)


def refuse_wrong_names(names: tuple[str, ...] | None, wanted: int, what: str) -> None:
    """Refuse names that are not one for each of ``what``, or that repeat."""
    if names is None:
        return
    if len(names) != wanted:
        raise ValueError(
            f"{len(names)} names for {wanted} {what}: give one for each, or leave names out"
        )
    if len(set(names)) != len(names):
        raise ValueError(f"names repeat in {', '.join(names)}: give each column its own")
