"""The older format of score messages: one icon a step, silent below a filter."""

from __future__ import annotations

import math
from typing import Literal

from freqai_regimes.messages.price import coin_sign, price_text

Side = Literal["BUY", "SELL"]
CIRCLES = {"BUY": "🟢", "SELL": "🔴"}
RISE, FALL = "📈", "📉"


def sign_count(score: float, quiet_below: float, step: float) -> int:
    """Number of signs: 0 below the filter, 1 at it, one more for each step begun above it.

    Computed on values rounded to nine digits. ITB's own program counts one less than its text shows
    for -0.26; the text is followed.

    >>> [sign_count(score, 0.2, 0.05) for score in (-0.19, 0.2, -0.26, 0.3)]
    [0, 1, 3, 3]
    """
    above = round(abs(score) - quiet_below, 9)
    if above < 0 or math.isnan(above):
        return 0
    return 1 + math.ceil(round(above / step, 9))


def icon_count(score: float, threshold: float, step: float) -> int:
    """Number of circles of a signal: 1, and one more for each whole step beyond the threshold.

    A step of 0 always gives one. Signs do not matter: a sell threshold is below 0.

    >>> icon_count(0.34, 0.2, 0.05), icon_count(0.1, 0.2, 0.05), icon_count(0.34, 0.2, 0)
    (3, 1, 1)
    """
    beyond = abs(score) - abs(threshold)
    return 1 + math.floor(beyond / step) if step > 0 and beyond > 0 else 1


def information_text(
    pair: str,
    close: float,
    score: float,
    *,
    quiet_below: float = 0.2,
    step: float = 0.05,
    tick: float | None = None,
    separator: str = ",",
) -> str | None:
    """The score as a row of signs; None where it is below the filter and nothing is said.

    >>> information_text("BTC/USDT", 24518, -0.26, separator=".")
    '₿ 24.518 📉📉📉 Score: -0.26'
    """
    count = sign_count(score, quiet_below, step)
    if count == 0:
        return None
    signs = (RISE if score > 0 else FALL) * count
    return f"{coin_sign(pair)} {price_text(close, tick, separator)} {signs} Score: {score:+.2f}"


def signal_text(
    pair: str,
    close: float,
    score: float,
    side: Side,
    *,
    threshold: float,
    step: float = 0.0,
    bold: bool = True,
    tick: float | None = None,
) -> str:
    """A signal to buy or to sell, with one circle or with one a step.

    >>> signal_text("BTC/USDT", 24033, 0.34, "BUY", threshold=0.2, bold=False)
    '🟢 BUY: ₿ 24,033 Score: +0.34'
    """
    circles = CIRCLES[side] * icon_count(score, threshold, step)
    words = f"{side}: {coin_sign(pair)} {price_text(close, tick)} Score: {score:+.2f}"
    return f"{circles} *{words}*" if bold else f"{circles} {words}"
