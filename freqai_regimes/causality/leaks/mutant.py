"""A leak, its honest twin, and the checks that must tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from freqai_regimes.causality.market import Market
from freqai_regimes.causality.subject import BASE, Inputs, Subject
from freqai_regimes.labels.labelled import Kind, Labelled


@dataclass(frozen=True)
class Mutant:
    """One leak.

    Attributes
    ----------
    name, story : what it is, and how it comes into real code.
    leak, twin : the leak, and an honest computation that looks alike; both state the same.
    refused_by : checks that must all refuse the leak; the twin must pass every check.
    market : its candles, where the common ones do not do.
    """

    name: str
    story: str
    leak: Subject
    twin: Subject
    refused_by: tuple[str, ...]
    market: Callable[[], Market] | None = None


def feature(
    name: str,
    story: str,
    refused_by: tuple[str, ...],
    leak: Callable[[pd.DataFrame], pd.Series],
    twin: Callable[[pd.DataFrame], pd.Series],
    **stated: Any,
) -> Mutant:
    """A leak in a feature of base candles; ``stated`` goes into both subjects."""
    return of_inputs(
        name,
        story,
        refused_by,
        lambda inputs: leak(inputs[BASE]).to_frame("value"),
        lambda inputs: twin(inputs[BASE]).to_frame("value"),
        **stated,
    )


def of_inputs(
    name: str,
    story: str,
    refused_by: tuple[str, ...],
    leak: Callable[[Inputs], pd.DataFrame],
    twin: Callable[[Inputs], pd.DataFrame],
    **stated: Any,
) -> Mutant:
    """A leak in a feature that looks at several series."""
    return Mutant(
        name,
        story,
        Subject(name, "feature", leak, **stated),
        Subject(f"{name} (twin)", "feature", twin, **stated),
        refused_by,
    )


def label(
    name: str,
    story: str,
    refused_by: tuple[str, ...],
    leak: Callable[[pd.DataFrame], Labelled],
    twin: Callable[[pd.DataFrame], Labelled],
    **stated: Any,
) -> Mutant:
    """A leak in a label of base candles."""
    return Mutant(
        name,
        story,
        Subject(name, "label", lambda inputs: leak(inputs[BASE]), **stated),
        Subject(f"{name} (twin)", "label", lambda inputs: twin(inputs[BASE]), **stated),
        refused_by,
    )


def labelled(values: pd.Series, known_at: pd.Series, kind: Kind = "regression") -> Labelled:
    """One column ``value`` with its moments, as they are given."""
    return Labelled(values.to_frame("value"), known_at.to_frame("value"), {"value": kind})
