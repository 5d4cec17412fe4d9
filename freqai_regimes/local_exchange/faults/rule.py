"""One fault and the requests that meet it, read from JSON."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

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

MINUTE_MS = 60_000
#: What an event of an open web socket counts as, beside the methods of requests.
SOCKET = "SOCKET"
#: Faults of what is said, not of whether something is said.
DATA_FAULTS = ("clock_skew", "stale_candles", "missing_candle", "empty_candles", "revised_candle")
_CANDLES = r".*/klines|/f?stream/.*"


class FaultRule(BaseModel):
    """One kind of fault, and the requests that meet it.

    ``executed`` faults happen after the request has done its work: the order stands, the answer is
    lost. ``code`` is Binance's for ``unavailable``: -1000, -1006 or -1007, all of which leave the
    state of an order unknown. All times but ``seconds`` are those of the exchange's clock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal[
        "rate_limit", "banned", "unavailable", "maintenance", "html", "reset", "latency",
        "clock_skew", "stale_candles", "missing_candle", "empty_candles", "revised_candle",
        "delisted",
    ]  # fmt: skip
    path: str | None = Field(None, description="regular expression of the whole path; null: any")
    method: Literal["GET", "POST", "DELETE", "SOCKET"] | None = Field(
        None, description="null: any; SOCKET: an event of an open web socket"
    )
    query: str | None = Field(None, description="text that query, body or event must hold")
    probability: float = Field(1.0, gt=0, le=1, description="of each request that fits")
    times: int | None = Field(None, ge=1, description="at most so often; null: no bound")
    begin: str | int | None = Field(None, description="exchange time from which on it happens")
    end: str | int | None = Field(None, description="exchange time until which it happens")
    minutes: float | None = Field(
        None,
        gt=0,
        le=1e6,
        description="once met, every request that fits meets it for so long (exchange time)",
    )
    executed: bool = Field(False, description="after the work is done instead of before")
    code: Literal[-1000, -1006, -1007] = Field(-1007, description="of an 'unavailable' answer")
    page: bool = Field(False, description="'maintenance' answers with a web page, not JSON")
    seconds: float = Field(
        5.0, ge=-3600, le=3600, description="to wait, or by which the exchange's time is ahead"
    )
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
    def _is_whole(self) -> Self:
        if self.kind == "delisted" and not self.symbol:
            raise ValueError("delisted needs a symbol, such as BTCUSDT")
        if self.seconds <= 0 and self.kind != "clock_skew":
            raise ValueError("seconds must be above 0: only the clock_skew can be behind")
        return self

    def in_time(self, now_ms: int) -> bool:
        """Whether now lies between begin and end."""
        return now_ms >= int(self.begin or 0) and (self.end is None or now_ms < int(self.end))

    def fits(self, method: str, path: str, text: str, now_ms: int) -> bool:
        """Whether a request is of those that meet the fault."""
        of_candles = self.kind in DATA_FAULTS and self.kind != "clock_skew"
        wanted = self.path or (_CANDLES if of_candles else None)
        return (
            (wanted is None or re.fullmatch(wanted, path) is not None)
            and self.method in (None, method)
            and (self.query is None or self.query in text)
            and self.in_time(now_ms)
        )


_RULES = TypeAdapter(list[FaultRule])


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
