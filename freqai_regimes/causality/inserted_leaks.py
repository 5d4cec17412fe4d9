"""One leak put into any honest subject: what a slip of the pen would do to shipped code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from freqai_regimes.causality.finding import HORIZON, RESOLUTION, TRUNCATION
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.subject import BASE, Inputs, Subject, output_of
from freqai_regimes.causality.table import first_difference
from freqai_regimes.labels.labelled import Labelled

SHARE = 1e-3  # of the next candle's return that is mixed in


@dataclass(frozen=True)
class Insertion:
    """A way to spoil a subject.

    Attributes
    ----------
    name : what it does.
    spoil : the result of an honest computation and its inputs -> the result with the leak.
    for_labels : whether it needs a label; else it needs anything but one.
    refused_by : the check that must refuse it.
    """

    name: str
    spoil: Callable[[pd.DataFrame | Labelled, Inputs], pd.DataFrame | Labelled]
    for_labels: bool
    refused_by: str

    def into(self, subject: Subject) -> Subject:
        """The subject with the leak; all that it states stays."""
        compute = subject.compute
        return replace(
            subject,
            name=f"{subject.name} + {self.name}",
            compute=lambda inputs: self.spoil(compute(inputs), inputs),
        )


def insertions_for(subject: Subject, market: Market) -> list[Insertion]:
    """Every insertion that suits a subject and changes anything it computes on these candles."""
    suited = [one for one in INSERTIONS if one.for_labels == (subject.kind == "label")]
    honest = output_of(subject, market.inputs())
    changing = []
    for one in suited:
        spoilt = output_of(one.into(subject), market.inputs())
        moved = first_difference(honest.values, spoilt.values) is not None
        if not moved and honest.known_at is not None and spoilt.known_at is not None:
            moved = first_difference(honest.known_at, spoilt.known_at) is not None
        if moved:
            changing.append(one)
    return changing


# --- features, regimes, signals ------------------------------------------------------------------


def _numeric(frame: pd.DataFrame) -> list[str]:
    return [
        name
        for name in frame.columns
        if is_numeric_dtype(frame[name].dtype) or is_bool_dtype(frame[name].dtype)
    ]


def _frame(result: pd.DataFrame | Labelled) -> pd.DataFrame:
    return result.values if isinstance(result, Labelled) else result


def _shifted(result: pd.DataFrame | Labelled, inputs: Inputs) -> pd.DataFrame:
    """Every value one row early."""
    return _frame(result).shift(-1)


def _mixed(result: pd.DataFrame | Labelled, inputs: Inputs) -> pd.DataFrame:
    """A thousandth of the next return in every number."""
    frame = _frame(result)
    following = SHARE * inputs[BASE]["close"].pct_change().shift(-1)
    return frame.assign(**{name: frame[name] + following for name in _numeric(frame)})


def _back_filled(result: pd.DataFrame | Labelled, inputs: Inputs) -> pd.DataFrame:
    """No NaN before the first value."""
    return _frame(result).bfill()


def _centred(result: pd.DataFrame | Labelled, inputs: Inputs) -> pd.DataFrame:
    """Every number averaged with both neighbours."""
    frame = _frame(result)
    smooth = {name: frame[name].astype(float) for name in _numeric(frame)}
    return frame.assign(**{k: v.rolling(3, center=True).mean() for k, v in smooth.items()})


# --- labels --------------------------------------------------------------------------------------


def _label(result: pd.DataFrame | Labelled) -> Labelled:
    assert isinstance(result, Labelled)
    return result


def _known_early(result: pd.DataFrame | Labelled, inputs: Inputs) -> Labelled:
    """known_at one candle early."""
    label, dates = _label(result), inputs[BASE]["date"]
    known = label.known_at.copy()
    for column in known.columns:
        places = pd.Index(dates).get_indexer(pd.Index(known[column]))
        earlier = pd.Series(dates.array.take((places - 1).clip(-1), allow_fill=True), known.index)
        known[column] = earlier.where(places > 0, known[column])
    return replace(label, known_at=known)


def _false_tail(result: pd.DataFrame | Labelled, inputs: Inputs) -> Labelled:
    """No instead of unknown."""
    label = _label(result)
    return replace(label, values=label.values.fillna(0.0))


def _later_value(result: pd.DataFrame | Labelled, inputs: Inputs) -> Labelled:
    """The next row's value with this row's moment."""
    label = _label(result)
    values = label.values.shift(-1)
    return replace(label, values=values, known_at=label.known_at.where(values.notna()))


INSERTIONS = (
    Insertion("shifted by one", _shifted, False, TRUNCATION),
    Insertion("next return mixed in", _mixed, False, TRUNCATION),
    Insertion("back-filled", _back_filled, False, TRUNCATION),
    Insertion("centred mean", _centred, False, TRUNCATION),
    Insertion("known one candle early", _known_early, True, HORIZON),
    Insertion("False tail", _false_tail, True, RESOLUTION),
    Insertion("next row's value", _later_value, True, HORIZON),
)
