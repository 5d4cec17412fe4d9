"""Plain values of frozen dataclasses, arrays and numbers, for JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_values(value: Any) -> Any:
    """Decisions and figures as dictionaries, lists and numbers; what is not finite is null.

    >>> json_values((np.array([0.5]), {"p": float("nan")}))
    [[0.5], {'p': None}]
    """
    if dataclasses.is_dataclass(value):
        return {
            field.name: json_values(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    if isinstance(value, np.ndarray | list | tuple):
        return [json_values(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): json_values(one) for name, one in value.items()}
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
