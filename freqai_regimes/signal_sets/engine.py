"""Carries out ``signal_sets`` in order: a step may use what the ones before it made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, cast, get_args

import pandas as pd
from pydantic import Field

from freqai_regimes.errors import SettingsError
from freqai_regimes.features.input_columns import require_columns
from freqai_regimes.signal_sets import combine, rank, smooth, threshold_rule
from freqai_regimes.signal_sets.options import SignalOptions

SignalSet = Annotated[
    smooth.Options | combine.Options | rank.Options | threshold_rule.Options,
    Field(discriminator="generator"),
]
#: Options by the name of their step.
SIGNAL_OPTIONS: dict[str, type[SignalOptions]] = {
    get_args(options.model_fields["generator"].annotation)[0]: options
    for options in get_args(get_args(SignalSet)[0])
}


class Step(Protocol):
    """The contract of a step's module."""

    def compute(self, frame: pd.DataFrame, options: Any) -> pd.DataFrame:
        """New columns; row t uses rows <= t."""

    def warm_up_candles(self, options: Any) -> int:
        """Rows before values no longer depend on how much history came before."""


STEPS: dict[str, Step] = {
    name: cast(Step, sys.modules[options.__module__]) for name, options in SIGNAL_OPTIONS.items()
}


def compute_signals(frame: pd.DataFrame, signal_sets: Sequence[SignalSet]) -> pd.DataFrame:
    """Columns of every step, in order; index of ``frame``, which is not changed.

    Parameters
    ----------
    frame : one row a closed candle, with every column that the steps name and none makes.
    signal_sets : steps in the order of the settings; row t of each uses rows <= t.

    Raises
    ------
    SettingsError
        If a step asks for a column that is not there, or makes one that is there already.
    """
    made = pd.DataFrame(index=frame.index)
    for entry in signal_sets:
        there = frame if made.empty else pd.concat([frame, made], axis=1)
        require_columns(entry.generator, inputs_of(entry), there.columns, REMEDY)
        new = STEPS[entry.generator].compute(there, entry)
        for name in new.columns.intersection(there.columns):
            raise SettingsError(
                f"signal_sets make {name}, which is a column of the candles already: give it "
                "another name."
            )
        made = pd.concat([made, new], axis=1)
    return made


REMEDY = (
    "A column of signal_sets is one of the strategy's, a base feature by its name, one that an "
    "earlier step makes, or one of the model, if it is on."
)


def inputs_of(entry: SignalSet) -> tuple[str, ...]:
    """Columns that a step asks for."""
    return (entry.column,) if isinstance(entry, rank.Options) else entry.columns


def outputs_of(entry: SignalSet) -> tuple[str, ...]:
    """Columns that a step makes."""
    return entry.names if isinstance(entry, threshold_rule.Options) else (entry.name,)


def made_by(signal_sets: Sequence[SignalSet]) -> list[str]:
    """Columns that all steps make, in order."""
    return [name for entry in signal_sets for name in outputs_of(entry)]


def wanted_columns(signal_sets: Sequence[SignalSet]) -> list[str]:
    """Columns that steps ask for and no earlier step makes, in order, each once."""
    made: set[str] = set()
    wanted = []
    for entry in signal_sets:
        wanted += [name for name in inputs_of(entry) if name not in made]
        made |= set(outputs_of(entry))
    return list(dict.fromkeys(wanted))


def warm_up_candles(signal_sets: Sequence[SignalSet]) -> int:
    """Rows before the last column is free of what came before its inputs: steps add up."""
    settled: dict[str, int] = {}
    for entry in signal_sets:
        before = max(settled.get(name, 0) for name in inputs_of(entry))
        own = STEPS[entry.generator].warm_up_candles(entry)
        settled |= dict.fromkeys(outputs_of(entry), before + own)
    return max(settled.values(), default=0)


def traded_rule(signal_sets: Sequence[SignalSet]) -> threshold_rule.Options | None:
    """The rule by which entry ``signal`` trades: the last step, if it is a ``threshold_rule``."""
    last = signal_sets[-1] if signal_sets else None
    return last if isinstance(last, threshold_rule.Options) else None


def cautions(signal_sets: Sequence[SignalSet]) -> list[str]:
    """What is allowed but may not be meant, one sentence each."""
    told = [combine.caution(entry) for entry in signal_sets if isinstance(entry, combine.Options)]
    return [sentence for sentence in told if sentence]
