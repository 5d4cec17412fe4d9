"""Options of one entry of ``sources``: another series that features may use."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from freqai_regimes.candles import Timeframe

Kind = Literal["pair", "funding", "mark", "basis", "file", "kline_extras"]
#: What each kind must have and what else it may have; ``kind``, ``column_prefix`` always.
_FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "pair": ({"pair", "timeframe"}, {"longest_age_hours"}),
    "funding": ({"pair"}, {"every_hours", "longest_age_hours"}),
    "mark": ({"pair", "timeframe"}, {"longest_age_hours"}),
    "basis": ({"pair", "spot_pair", "timeframe"}, {"longest_age_hours"}),
    "file": (
        {"path", "publication_lag_hours"},
        {"date_column", "columns", "every_hours", "longest_age_hours"},
    ),
    "kline_extras": (set(), {"timeframe"}),
}


class SourceOptions(BaseModel):
    """Another series that is joined onto candles before features are computed.

    ================  ============================================================================
    ``pair``          candles of another pair, spot or futures by its name: ``open`` ... ``volume``
    ``funding``       funding rate of a futures pair, a fraction: ``funding_rate``
    ``mark``          mark price candles of a futures pair: ``open`` ... ``volume``
    ``basis``         futures close / spot close - 1, a fraction: ``basis``
    ``file``          columns of your own CSV or parquet
    ``kline_extras``  what Binance's klines hold beyond candles, of the pair itself: ``trades``,
                      ``quote_volume``, ``taker_base_volume``, ``taker_quote_volume``
    ================  ============================================================================

    Each also has ``is_filled``: the value is older than its series' own step. All names get the
    prefix.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = Field(description="pair, funding, mark, basis, file or kline_extras")
    column_prefix: str = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$",
        description="put before the name of each column; only kline_extras may do without",
    )
    longest_age_hours: float = Field(
        24.0, ge=0, description="a value carried longer than this since it was available is NaN"
    )
    pair: str | None = Field(None, description="whose series; for basis the futures pair")
    spot_pair: str | None = Field(None, description="basis: the spot pair it is measured against")
    timeframe: Timeframe | None = Field(
        None, description="of the source's own candles; kline_extras: null is the base timeframe"
    )
    path: Path | None = Field(None, description="file: a .csv or .parquet with a date column")
    date_column: str = Field("date", description="file: the column with the time of each value")
    columns: tuple[str, ...] | None = Field(
        None, min_length=1, description="file: columns to take; null: all but the date"
    )
    publication_lag_hours: float | None = Field(
        None, ge=0, description="file: how long after its date a value can be known at all"
    )
    every_hours: float | None = Field(
        None,
        gt=0,
        description="usual time between values of a file or of funding; older ones are flagged",
    )

    @field_validator("pair", "spot_pair")
    @classmethod
    def _is_a_pair(cls, value: str | None) -> str | None:
        if value is not None and "/" not in value:
            raise ValueError("write a pair as BTC/USDT for spot, BTC/USDT:USDT for futures")
        return value

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed, optional = _FIELDS[self.kind]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        missing = sorted(needed - given)
        surplus = sorted(given - needed - optional - {"kind", "column_prefix"})
        if missing:
            raise ValueError(f"a source of kind {self.kind} needs {', '.join(missing)}: add it")
        if surplus:
            raise ValueError(
                f"a source of kind {self.kind} has no use for {', '.join(surplus)}: remove it"
            )
        if not self.column_prefix and self.kind != "kline_extras":
            raise ValueError(f"a source of kind {self.kind} needs column_prefix: add it")
        self._check_pairs()
        return self

    def _check_pairs(self) -> None:
        futures = self.kind in ("funding", "mark", "basis")
        if futures and ":" not in str(self.pair):
            raise ValueError(f"pair {self.pair} of kind {self.kind}: write it as BTC/USDT:USDT")
        if self.spot_pair is not None and ":" in self.spot_pair:
            raise ValueError(f"spot_pair {self.spot_pair}: write it as BTC/USDT")

    @property
    def longest_age(self) -> pd.Timedelta:
        """``longest_age_hours`` as a span of time."""
        return pd.Timedelta(hours=self.longest_age_hours)

    @property
    def publication_lag(self) -> pd.Timedelta:
        """``publication_lag_hours`` as a span of time."""
        return pd.Timedelta(hours=self.publication_lag_hours or 0.0)
