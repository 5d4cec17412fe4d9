"""Where the stop of a position stands, from closed candles alone."""

from __future__ import annotations

from dataclasses import dataclass

from freqai_regimes.risk.exits.options import ExitSettings


@dataclass(frozen=True)
class Held:
    """An open position as closed candles show it.

    Attributes
    ----------
    entry : mean price paid.
    best : highest high (short: lowest low) of the candles closed since the entry, the entry's own
        included; the entry itself before one has closed.
    average_range : of the candles before the entry, as a fraction; NaN if it is not known.
    """

    is_short: bool
    entry: float
    best: float
    average_range: float

    @property
    def sign(self) -> int:
        """1 for a long position, -1 for a short one."""
        return -1 if self.is_short else 1

    @property
    def best_gain(self) -> float:
        """Gain at the best price, as a fraction of the entry."""
        return self.sign * (self.best / self.entry - 1)


@dataclass(frozen=True)
class Stop:
    """A stop price, and which rule put it there."""

    price: float
    reason: str

    def is_crossed_by(self, price: float, held: Held) -> bool:
        """Whether the price lies on the losing side of the stop, or on it."""
        return held.sign * (price - self.price) <= 0


def stop_price(held: Held, settings: ExitSettings, round_trip: float) -> Stop | None:
    """The stop nearest to the price among those that are on; None if none is.

    Parameters
    ----------
    round_trip : cost of getting in and out, as a fraction: break-even pays it.

    >>> held = Held(False, entry=100.0, best=110.0, average_range=0.01)
    >>> stop_price(held, ExitSettings(stop=0.05, trailing_price=1.0), 0.002)
    Stop(price=109.0, reason='trailing')
    >>> stop_price(held, ExitSettings(stop_atr=2.0), 0.002)
    Stop(price=98.0, reason='stop_atr')
    """
    entry, sign, span = held.entry, held.sign, held.average_range
    found: list[Stop] = []
    if settings.stop is not None:
        found.append(Stop(entry * (1 - sign * settings.stop), "stop"))
    if settings.stop_atr is not None and span > 0:
        found.append(Stop(entry * (1 - sign * settings.stop_atr * span), "stop_atr"))
    if settings.break_even_after is not None and held.best_gain >= settings.break_even_after:
        found.append(Stop(entry * (1 + sign * round_trip), "break_even"))
    distance = _trailing_distance(held, settings)
    if distance is not None and held.best_gain >= settings.trailing_after:
        found.append(Stop(held.best - sign * distance, "trailing"))
    return max(found, key=lambda stop: sign * stop.price, default=None)


def _trailing_distance(held: Held, settings: ExitSettings) -> float | None:
    """The narrowest of the trailing distances that are on, in units of the price."""
    distances = []
    if settings.trailing is not None:
        distances.append(settings.trailing * held.best)
    if settings.trailing_atr is not None and held.average_range > 0:
        distances.append(settings.trailing_atr * held.average_range * held.entry)
    if settings.trailing_price is not None:
        distances.append(settings.trailing_price)
    return min(distances, default=None)


def target_gain(average_range: float, settings: ExitSettings) -> float | None:
    """Gain at which profit is taken, as a fraction of the price: the lower of those that are on."""
    gains = []
    if settings.target is not None:
        gains.append(settings.target)
    if settings.target_atr is not None and average_range > 0:
        gains.append(settings.target_atr * average_range)
    return min(gains, default=None)
