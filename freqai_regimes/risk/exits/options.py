"""Which exits are on, and how far away; null switches one off."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ExitSettings(BaseModel):
    """Exits beside the signals; distances are fractions of the price, whatever the leverage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stop: float | None = Field(None, gt=0, lt=1, description="fixed distance; null: off")
    stop_atr: float | None = Field(
        None, gt=0, description="distance in average ranges before the entry; null: off"
    )
    target: float | None = Field(None, gt=0, description="take profit at this gain; null: off")
    target_atr: float | None = Field(
        None, gt=0, description="take profit, in average ranges before the entry; null: off"
    )
    trailing: float | None = Field(
        None, gt=0, lt=1, description="stop so far from the best price; null: off"
    )
    trailing_atr: float | None = Field(
        None, gt=0, description="the same in average ranges before the entry; null: off"
    )
    trailing_price: float | None = Field(
        None, gt=0, description="the same in units of the price (source 002); null: off"
    )
    trailing_after: float = Field(0.0, ge=0, description="gain at which trailing begins")
    break_even_after: float | None = Field(
        None, gt=0, description="gain at which the stop goes to the entry plus costs; null: off"
    )
    atr_candles: int = Field(14, ge=1, description="candles of the average range")
    maximum_candles: int | None = Field(
        None, ge=1, description="longest holding time, in candles; null: no limit"
    )
    on_regime_change: bool = Field(
        False, description="leave when the regime is another than at the entry"
    )

    @property
    def moves_stop(self) -> bool:
        """Whether a stop other than freqtrade's own is on."""
        stops = (self.stop, self.stop_atr, self.trailing, self.trailing_atr)
        return any(
            each is not None for each in (*stops, self.trailing_price, self.break_even_after)
        )

    @property
    def has_target(self) -> bool:
        """Whether a target other than freqtrade's ``minimal_roi`` is on."""
        return self.target is not None or self.target_atr is not None
