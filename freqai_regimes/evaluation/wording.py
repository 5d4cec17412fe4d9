"""Numbers as people read them: percent, money, counts and durations; a dash where there is none."""

from __future__ import annotations

import math

NONE = "-"


def _missing(value: object) -> bool:
    return not isinstance(value, int | float) or not math.isfinite(value)


def number(value: float | None, decimals: int = 2, *, sign: bool = False) -> str:
    """Write a number with thousands marks.

    >>> number(1234.5, 1), number(0.25, 3, sign=True), number(float("nan"))
    ('1,234.5', '+0.250', '-')
    """
    if value is None or _missing(value):
        return NONE
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    return text.removeprefix("-").removeprefix("+") if float(text.replace(",", "")) == 0 else text


def percent(value: float | None, decimals: int = 1, *, sign: bool = False) -> str:
    """Write a fraction as percent.

    >>> percent(0.0523, sign=True), percent(None)
    ('+5.2 %', '-')
    """
    if value is None or _missing(value):
        return NONE
    return f"{number(100 * value, decimals, sign=sign)} %"


def money(value: float | None, decimals: int = 2, *, sign: bool = False) -> str:
    """Write an amount in stake currency, without its name.

    >>> money(-12.345, 2)
    '-12.35'
    """
    return number(value, decimals, sign=sign)


def count(value: float | None) -> str:
    """Write a whole number.

    >>> count(12000.0)
    '12,000'
    """
    return number(value, 0)


def duration(minutes: float | None) -> str:
    """Write a length of time in its two largest units.

    >>> duration(45), duration(26.5 * 60), duration(60 * 24 * 3)
    ('45m', '1d 2h', '3d')
    """
    if minutes is None or _missing(minutes):
        return NONE
    whole = round(minutes)
    days, rest = divmod(whole, 60 * 24)
    hours, left = divmod(rest, 60)
    parts = [
        f"{amount}{unit}" for amount, unit in ((days, "d"), (hours, "h"), (left, "m")) if amount
    ]
    return " ".join(parts[:2]) or "0m"
