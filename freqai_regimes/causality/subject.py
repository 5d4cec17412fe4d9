"""What is put before the certificate: a named computation and what it states about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from freqai_regimes.causality.table import Table
from freqai_regimes.errors import SettingsError
from freqai_regimes.labels.labelled import Labelled

Kind = Literal["source", "feature", "label", "regime", "signal", "strategy column"]
#: Candles by name: ``base``, coarser timeframes such as ``4h``, other series by their own names.
Inputs = Mapping[str, pd.DataFrame]
Compute = Callable[[Inputs], pd.DataFrame | Labelled]
BASE = "base"


@dataclass(frozen=True)
class Allowance:
    """An exception from one check for one subject, and why it deserves it.

    Parameters
    ----------
    check : name of the check, see ``finding``.
    reason : a sentence; it stands in the certificate.
    tolerance : relative difference that is allowed instead of the usual one.
    unknown : whether a short history may know nothing (NaN) where a longer one has a value.
    """

    check: str
    reason: str
    tolerance: float = 0.0
    unknown: bool = False


@dataclass(frozen=True)
class Subject:
    """One computation on candles, to be certified.

    Parameters
    ----------
    name, kind : how it is called in the certificate, and what it is.
    compute : takes a mapping of frames (``base`` and more) and returns a frame with the rows and
        the index of ``base``; for a label `Labelled`.
    warm_up_candles : base candles before the first value that no longer depends on how much history
        came before; None if it depends on all of it, or if that is not stated.
    first_value_candles : row before which nothing but NaN may stand; None: a value may come from a
        part of the window.
    horizon_candles : for labels, candles after the row until its value is known at the latest; None
        if there is no limit.
    thresholds : for labels, column -> signed move (a fraction) from which on it says 1.
    price_unit_columns : columns in units of the price; all others of a feature must not change when
        all prices are multiplied. None: not stated, not checked.
    allowances : exceptions by name.

    Raises
    ------
    SettingsError
        If a warm-up or a horizon is negative.
    """

    name: str
    kind: Kind
    compute: Compute
    warm_up_candles: int | None = None
    first_value_candles: int | None = None
    horizon_candles: int | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    price_unit_columns: tuple[str, ...] | None = None
    allowances: tuple[Allowance, ...] = ()

    def __post_init__(self) -> None:
        for name in ("warm_up_candles", "first_value_candles", "horizon_candles"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise SettingsError(f"{self.name}: {name} is {value}; it is 0 or more, or None.")

    def allowance(self, check: str) -> Allowance | None:
        """The exception for a check, if there is one."""
        return next((one for one in self.allowances if one.check == check), None)


@dataclass(frozen=True)
class Output:
    """What a subject computed: values and, for a label, when each is known."""

    values: Table
    known_at: Table | None = None

    def known_until(self, moment: pd.Timestamp) -> Output:
        """The output as it may have been known once the candle opened at ``moment`` had closed."""
        if self.known_at is None:
            return self
        known = self.known_at.numbers <= moment.timestamp()
        return Output(self.values.where(known), self.known_at.where(known))

    def until(self, rows: int) -> Output:
        """The first rows."""
        known_at = None if self.known_at is None else self.known_at.part(0, rows)
        return Output(self.values.part(0, rows), known_at)


def output_of(subject: Subject, inputs: Inputs) -> Output:
    """Compute, and refuse what has not the shape that was agreed.

    Raises
    ------
    TypeError, ValueError
        If the result is no frame, or has other rows than the base candles.
    """
    computed = subject.compute(inputs)
    result: object = computed
    known_at: pd.DataFrame | None = None
    if isinstance(computed, Labelled):
        result, known_at = computed.values, computed.known_at
    elif subject.kind == "label":
        raise TypeError(f"it returned {type(result).__name__}; a label returns Labelled")
    if not isinstance(result, pd.DataFrame):
        raise TypeError(f"it returned {type(result).__name__}; a DataFrame is needed")
    index = inputs[BASE].index
    for frame in (result, known_at):
        if frame is not None and not frame.index.equals(index):
            raise ValueError(
                f"it returned {len(frame)} rows for {len(index)} candles, or moved their index"
            )
    if known_at is not None and list(known_at.columns) != list(result.columns):
        raise ValueError(f"known_at has {list(known_at)}, the values have {list(result)}")
    return Output(Table.of(result), None if known_at is None else Table.of(known_at))
