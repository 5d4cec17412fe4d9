"""Which request meets which fault: rules read from JSON, drawn from one seeded sequence."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.clock import parse_moment

#: Faults of any request: an error answer, or none at all.
REQUEST_FAULTS = (
    "rate_limit",
    "banned",
    "unavailable",
    "maintenance",
    "html",
    "reset",
    "latency",
)
#: Faults of what is said about the market.
DATA_FAULTS = ("clock_skew", "stale_candles", "missing_candle", "empty_candles", "revised_candle")
#: Faults that change what is traded.
MARKET_FAULTS = ("delisted",)
_DEFAULT_PATHS = {
    "clock_skew": r"/(api/v3|[fd]api/v1)/time",
    "stale_candles": r".*/klines",
    "missing_candle": r".*/klines",
    "empty_candles": r".*/klines",
    "revised_candle": r".*/klines",
}


class FaultRule(BaseModel):
    """One kind of fault, and the requests that meet it.

    ``executed`` faults happen after the request has done its work: the order stands, the answer is
    lost. ``code`` is Binance's for ``unavailable``: -1000, -1006 or -1007, all of which leave the
    state of an order unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal[
        "rate_limit", "banned", "unavailable", "maintenance", "html", "reset", "latency",
        "clock_skew", "stale_candles", "missing_candle", "empty_candles", "revised_candle",
        "delisted",
    ]  # fmt: skip
    path: str | None = Field(None, description="regular expression of the whole path; null: any")
    method: Literal["GET", "POST", "DELETE"] | None = Field(None, description="null: any")
    query: str | None = Field(None, description="text that query or body must hold")
    probability: float = Field(1.0, gt=0, le=1, description="of each request that fits")
    times: int | None = Field(None, ge=1, description="at most so often; null: no bound")
    begin: str | int | None = Field(None, description="exchange time from which on it happens")
    end: str | int | None = Field(None, description="exchange time until which it happens")
    executed: bool = Field(False, description="after the work is done instead of before")
    code: Literal[-1000, -1006, -1007] = Field(-1007, description="of an 'unavailable' answer")
    seconds: float = Field(5.0, gt=0, le=3600, description="to wait, or by which time is wrong")
    symbol: str | None = Field(None, description="of a delisted market, such as BTCUSDT")

    @field_validator("path")
    @classmethod
    def _is_an_expression(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from error
        return value

    @field_validator("begin", "end")
    @classmethod
    def _is_a_moment(cls, value: str | int | None) -> int | None:
        try:
            return None if value is None else parse_moment(value)
        except ExchangeError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _names_its_market(self) -> Self:
        if self.kind == "delisted" and not self.symbol:
            raise ValueError("delisted needs a symbol, such as BTCUSDT")
        return self

    def fits(self, method: str, path: str, text: str, now_ms: int) -> bool:
        """Whether a request is of those that meet the fault."""
        wanted = self.path or _DEFAULT_PATHS.get(self.kind)
        return (
            (wanted is None or re.fullmatch(wanted, path) is not None)
            and self.method in (None, method)
            and (self.query is None or self.query in text)
            and now_ms >= int(self.begin or 0)
            and (self.end is None or now_ms < int(self.end))
        )


_RULES = TypeAdapter(list[Annotated[FaultRule, Field()]])


def read_rules(data: Any) -> list[FaultRule]:
    """Rules from a JSON list.

    Raises
    ------
    ExchangeError
        One line: which rule, what was got, what is allowed.
    """
    try:
        return _RULES.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ExchangeError(
            f"Fault rules: {where or 'the whole'}: {first['msg']} (got {first['input']!r})."
        ) from error


@dataclass
class FaultPlan:
    """The rules in force, how often each was met, and the sequence that decides."""

    rules: list[FaultRule] = field(default_factory=list)
    seed: int = 1

    def __post_init__(self) -> None:
        self.replace(self.rules)

    def replace(self, rules: list[FaultRule]) -> None:
        """Put other rules in force; counts and the random sequence begin anew."""
        self.rules = list(rules)
        self.met = [0] * len(self.rules)
        self._random = random.Random(self.seed)

    def choose(self, method: str, path: str, text: str, now_ms: int) -> FaultRule | None:
        """The first rule that a request meets; None for a request that goes well."""
        for number, rule in enumerate(self.rules):
            if rule.kind in MARKET_FAULTS or not rule.fits(method, path, text, now_ms):
                continue
            if rule.times is not None and self.met[number] >= rule.times:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            self.met[number] += 1
            return rule
        return None

    def delisted(self, now_ms: int) -> set[str]:
        """Symbols that are not traded now."""
        return {
            str(rule.symbol)
            for rule in self.rules
            if rule.kind == "delisted"
            and now_ms >= int(rule.begin or 0)
            and (rule.end is None or now_ms < int(rule.end))
        }
