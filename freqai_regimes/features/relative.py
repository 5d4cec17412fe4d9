"""Outputs of neighbouring windows in relation to each other: what makes an average scale-free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from freqai_regimes.features.options import FeatureOptions
from freqai_regimes.features.trailing_window import Values


class RelativeOptions(FeatureOptions):
    """How the outputs of one function over several windows refer to each other."""

    rel_base: Literal["next", "prev", "last", "first"] | None = Field(
        None,
        description="which other window each output is put in relation to, in the order given; the "
        "window that has none (the last one for next and last, the first one for prev and first) "
        "keeps its value; null: all keep theirs",
    )
    rel_func: Literal["rel", "diff", "rel_diff"] | None = Field(
        None, description="rel: x / base; diff: x - base; rel_diff: (x - base) / base"
    )
    percentage: bool = Field(False, description="multiply all outputs by 100")
    log: bool = Field(
        False, description="natural logarithm of all outputs, as the last step; NaN at 0 and below"
    )

    @model_validator(mode="after")
    def _base_and_function_come_together(self) -> RelativeOptions:
        if (self.rel_base is None) != (self.rel_func is None):
            raise ValueError(
                f"rel_base is {self.rel_base} and rel_func is {self.rel_func}: set both, as in "
                "next and rel_diff, or neither"
            )
        return self


def relative(outputs: Sequence[Values], options: RelativeOptions) -> list[Values]:
    """Put the outputs of one function, one for each window, in relation to each other.

    Row t of a result uses row t of the outputs. NaN where an output is NaN, where the base is 0
    (except for ``diff``), and where a logarithm has no value.

    >>> short, long = np.array([11.0]), np.array([10.0])
    >>> relative([short, long], RelativeOptions(rel_base="next", rel_func="rel_diff"))
    [array([0.1]), array([10.])]
    """
    results = []
    for values, base in zip(outputs, base_positions(len(outputs), options), strict=True):
        result = values if base is None else _related(values, outputs[base], options)
        results.append(_scaled(result, options))
    return results


def base_positions(windows: int, options: RelativeOptions) -> list[int | None]:
    """Return for each window the position of its base, None where the output keeps its value.

    >>> base_positions(3, RelativeOptions(rel_base="next", rel_func="rel"))
    [1, 2, None]
    """
    last = windows - 1
    bases: dict[str | None, list[int | None]] = {
        None: [None] * windows,
        "next": [*range(1, windows), None],
        "prev": [None, *range(last)],
        "last": [*[last] * last, None],
        "first": [None, *[0] * last],
    }
    return bases[options.rel_base][:windows]


def keeps_unit(windows: int, options: RelativeOptions) -> list[bool]:
    """Say for each window whether the result is still in the unit of the outputs."""
    return [base is None or options.rel_func == "diff" for base in base_positions(windows, options)]


def refuse_lone_window(windows: Sequence[int], options: RelativeOptions) -> None:
    """Refuse a base where there is no other window that could be one."""
    if options.rel_base is not None and len(windows) < 2:
        raise ValueError(
            f"rel_base {options.rel_base} needs two or more windows_candles, got {list(windows)}: "
            "add one, or leave rel_base and rel_func out"
        )


def _related(values: Values, base: Values, options: RelativeOptions) -> Values:
    if options.rel_func == "diff":
        return values - base
    divisor = np.where(base == 0, np.nan, base)
    return values / divisor if options.rel_func == "rel" else (values - base) / divisor


def _scaled(values: Values, options: RelativeOptions) -> Values:
    if options.percentage:
        values = values * 100
    return np.log(np.where(values > 0, values, np.nan)) if options.log else values
