"""Leverage: as wanted, but never so much that a position is liquidated before its stop."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field


class LeverageSettings(BaseModel):
    """Leverage of futures positions (spot has none)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wanted: float = Field(1.0, ge=1, le=20, description="position value over margin")
    liquidation_buffer: float = Field(
        0.5, ge=0, le=10, description="liquidation lies this fraction of the stop beyond the stop"
    )


@dataclass(frozen=True)
class Leverage:
    """The leverage of an entry and what decided it."""

    value: float
    reason: str


def safe_leverage(
    settings: LeverageSettings,
    *,
    most: float,
    price_stop: float | None,
    profit_stop: float,
    maintenance: float,
) -> Leverage:
    """The wanted leverage, or the highest at which the stop lies inside liquidation with buffer.

    Parameters
    ----------
    most : what the exchange allows.
    price_stop : distance of the stop as a fraction of the price; None: only freqtrade's own.
    profit_stop : freqtrade's ``stoploss`` without sign: a loss of margin, so its distance in price
        shrinks with leverage.
    maintenance : rate of the exchange's tier.

    Returns
    -------
    Leverage, at least 1. The nearer of the two stops counts. Liquidation is at a move of
    ``(1 / leverage - maintenance) / (1 + maintenance)``: Binance's formula for isolated margin of
    shorts, the stricter side, without the maintenance amount, which only widens it.
    """
    value, reason = min(settings.wanted, most), "as wanted"
    if value < settings.wanted:
        reason = f"the exchange allows {most:g}"
    safe = _safe_with_profit_stop(settings, profit_stop, maintenance)
    if price_stop is not None:
        distance = price_stop * (1 + settings.liquidation_buffer)
        safe = max(safe, 1 / (distance * (1 + maintenance) + maintenance))
    if safe < value:
        value, reason = safe, "so that the stop comes before liquidation"
    return Leverage(max(value, 1.0), reason)


def _safe_with_profit_stop(
    settings: LeverageSettings, profit_stop: float, maintenance: float
) -> float:
    """Largest leverage at which ``profit_stop / leverage`` lies inside liquidation with buffer."""
    used = profit_stop * (1 + settings.liquidation_buffer) * (1 + maintenance)
    return (1 - used) / maintenance if maintenance > 0 else (float("inf") if used <= 1 else 1.0)
