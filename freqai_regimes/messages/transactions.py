"""What a transaction gave, and what those of its side gave in the last four weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Side = Literal["LONG", "SHORT"]
_CLOSED = {"LONG": "SOLD", "SHORT": "BOUGHT"}
_ARROWS = {"LONG": "↗", "SHORT": "↘"}


def transaction_text(side: Side, profit: float, profit_ratio: float, unit: str = "₮") -> str:
    """What closing a position gave: a fraction of its value, and the same in stake currency.

    >>> transaction_text("LONG", 10.0, 0.1)
    '⚡💰 *SOLD: Profit: 10.00% 10.0000₮*'
    """
    return f"⚡💰 *{_CLOSED[side]}: Profit: {100 * profit_ratio:.2f}% {profit:.4f}{unit}*"


def statistics_text(side: Side, profit_ratios: Sequence[float]) -> str:
    """Sum, count, mean, standard deviation, least, middle and largest of the last four weeks.

    ``profit_ratios`` are fractions, of one side, at least one. The deviation (ddof 1) of a single
    one is told as nan.
    """
    percent = 100 * np.asarray(profit_ratios, dtype=float)
    spread = float(percent.std(ddof=1)) if len(percent) > 1 else float("nan")
    return (
        f"{_ARROWS[side]} *{side} transactions stats (4 weeks)*\n"
        f"🔸sum={percent.sum():.2f}% 🔸count={len(percent)}\n"
        f"🔸mean={percent.mean():.4f}% 🔸std={spread:.4f}%\n"
        f"🔸min={percent.min():.4f}% 🔸median={np.median(percent):.4f}% "
        f"🔸max={percent.max():.4f}%\n"
    )
