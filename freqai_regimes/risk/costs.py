"""What a trade costs, expected before it is made: fees, spread and slippage, funding."""

from __future__ import annotations

from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.risk.spread import ESTIMATORS


class CostSettings(BaseModel):
    """Cost of one side of a trade, as fractions of its value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fee: float = Field(0.001, ge=0, lt=0.1, description="taker fee of the exchange's lowest tier")
    slippage: float = Field(0.0001, ge=0, lt=0.1, description="half the spread and impact")
    fee_from_exchange: bool = Field(
        False, description="freqtrade's fee (its 'fee', else the exchange's tier) in place of ours"
    )
    liquidity: Literal["taker", "maker"] = Field(
        "taker", description="which of the exchange's fees; orders that fill at once are takers"
    )
    spread: Literal["fixed", "corwin_schultz", "abdi_ranaldo"] = Field(
        "fixed", description="estimated from candles; half of it replaces a lower slippage"
    )
    spread_candles: int = Field(60, ge=2, description="candles that an estimate looks back")
    funding: bool = Field(False, description="add the funding expected until the label's horizon")
    funding_hours: int = Field(72, ge=1, description="past hours whose mean rate is expected")
    widest_book: float | None = Field(
        None, gt=0, lt=1, description="no entry while the book's spread is wider (live only)"
    )

    @property
    def round_trip(self) -> float:
        """Cost of getting in and out again, as a fraction."""
        return 2 * (self.fee + self.slippage)


def entry_costs(
    candles: pd.DataFrame,
    settings: CostSettings,
    *,
    fee: float,
    funding_rate: pd.Series | None,
    holding_hours: float,
) -> pd.DataFrame:
    """Expected cost of a whole trade entered after each candle, for longs and for shorts.

    Parameters
    ----------
    candles : closed base candles.
    fee : of one side, as a fraction.
    funding_rate : mean rate for 8 hours that was known at each candle; None: no funding.
    holding_hours : how long a position is expected to be held.

    Returns
    -------
    Columns ``long`` and ``short``, fractions of the value; longs pay a positive funding rate and
    shorts receive it. A candle without an estimate of the spread costs the fixed slippage; without
    a funding rate, none is expected. Row t uses rows <= t.
    """
    slippage = pd.Series(settings.slippage, index=candles.index)
    if settings.spread != "fixed":
        half = ESTIMATORS[settings.spread](candles, settings.spread_candles) / 2
        slippage = slippage.where(~(half > slippage), half)
    trade = 2 * (fee + slippage)
    funding = pd.Series(0.0, index=candles.index)
    if funding_rate is not None:
        funding = funding_rate.fillna(0.0) * holding_hours / 8
    return pd.DataFrame({"long": trade + funding, "short": trade - funding})
