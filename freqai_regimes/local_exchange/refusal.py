"""What the exchange refuses, in the shape and with the codes that Binance uses."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is answered with an error: HTTP status, Binance's code, one clear line.

    >>> str(Refusal(-1120, "Invalid interval."))
    'Invalid interval.'
    """

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def as_json(self) -> dict[str, object]:
        """Body of the answer, as Binance writes it."""
        return {"code": self.code, "msg": self.message}


def missing_parameter(name: str) -> Refusal:
    """Refusal of a request without a mandatory parameter (-1102)."""
    return Refusal(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def illegal_characters(name: str, legal: str) -> Refusal:
    """Refusal of a parameter that is not even of the right form (-1100)."""
    return Refusal(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def invalid_symbol() -> Refusal:
    """Refusal of a symbol that is not traded here now (-1121)."""
    return Refusal(-1121, "Invalid symbol.")


def invalid_interval(timeframe: str, pair: str, stored: tuple[str, ...]) -> Refusal:
    """Refusal of a timeframe that is neither stored nor a multiple of a stored one (-1120)."""
    return Refusal(
        -1120,
        f"Invalid interval. {timeframe!r} of {pair} is neither stored nor made of what is: "
        f"{', '.join(stored)}.",
    )


def invalid_value(name: str) -> Refusal:
    """Refusal of a value outside what is allowed (-1130)."""
    return Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")
