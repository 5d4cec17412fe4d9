"""Lists in the options of a generator: one value stands for a list of one, nothing comes twice."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

#: A year of candles of one minute.
LONGEST_WINDOW_CANDLES = 525_600


def as_list(value: Any) -> Any:
    """Make a list of a single name."""
    return (value,) if isinstance(value, str) else value


def each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list in which something stands twice: it would give two columns of one name."""
    if len(set(values)) < len(values):
        raise ValueError(f"got {list(values)}: name each only once")
    return values


Names = Annotated[tuple[str, ...], BeforeValidator(as_list), AfterValidator(each_once)]
Windows = Annotated[
    tuple[Annotated[int, Field(ge=1, le=LONGEST_WINDOW_CANDLES)], ...], AfterValidator(each_once)
]
