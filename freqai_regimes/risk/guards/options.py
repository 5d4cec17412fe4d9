"""Which guards are on, and their limits; null or 0 switches one off."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from freqai_regimes.risk.guards.daily_loss import DailyLoss
from freqai_regimes.risk.guards.decision import AccountGuard
from freqai_regimes.risk.guards.drawdown import Drawdown
from freqai_regimes.risk.guards.exchange_trouble import ExchangeTrouble
from freqai_regimes.risk.guards.loss_streak import LossStreak
from freqai_regimes.risk.guards.model_trust import ModelTrust
from freqai_regimes.risk.guards.stale_candles import StaleCandles
from freqai_regimes.risk.guards.trade_limit import TradeLimit

#: Retraining intervals after which a model is too old, without and with a gate for candidates.
RETRAININGS, RETRAININGS_WITH_GATE = 3, 30


class GuardSettings(BaseModel):
    """What blocks entries: losses, broken inputs, a limit of trades; fractions of equity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    daily_loss: float | None = Field(
        None, gt=0, lt=1, description="loss since 00:00 UTC, open positions included; null: off"
    )
    drawdown: float | None = Field(
        None, gt=0, lt=1, description="loss from the equity's peak; null: off"
    )
    drawdown_pause_hours: float | None = Field(
        None, gt=0, description="how long it blocks; null: until /unlock"
    )
    loss_streak: int | None = Field(None, ge=1, description="losing trades in a row; null: off")
    loss_streak_pause_minutes: float = Field(1440.0, gt=0, description="how long it blocks")
    maximum_trades: int | None = Field(
        None, ge=1, description="trades of a run, then no more until /unlock; null: no limit"
    )
    close_positions: bool = Field(
        False, description="daily loss and drawdown also close what is open"
    )
    stale_candles: int = Field(
        3, ge=0, description="candles late, or in a row without a trade; 0: off"
    )
    untrusted_candles: int = Field(
        3, ge=0, description="candles in a row without a trusted prediction, if it is used; 0: off"
    )
    model_age_hours: float | None = Field(
        None,
        gt=0,
        description="age of the model, if it is used; null: 3 retrainings, 30 with a gate",
    )
    exchange_errors: int = Field(
        10, ge=0, description="failed requests within the window (live only); 0: off"
    )
    exchange_window_minutes: float = Field(10.0, gt=0, description="where they are counted")
    exchange_pause_minutes: float = Field(10.0, gt=0, description="how long it blocks")

    def account_guards(self) -> list[AccountGuard]:
        """The guards of the whole account that are on."""
        guards: list[AccountGuard] = []
        if self.daily_loss is not None:
            guards.append(DailyLoss(self.daily_loss))
        if self.drawdown is not None:
            guards.append(Drawdown(self.drawdown, self.drawdown_pause_hours))
        if self.loss_streak is not None:
            guards.append(LossStreak(self.loss_streak, self.loss_streak_pause_minutes))
        if self.maximum_trades is not None:
            guards.append(TradeLimit(self.maximum_trades))
        return guards

    def candle_guard(self) -> StaleCandles | None:
        """The guard of each pair's candles."""
        return StaleCandles(self.stale_candles) if self.stale_candles else None

    def model_guard(self, retrain_hours: float, *, gated: bool) -> ModelTrust:
        """The guard of each pair's model, which is trained again every ``retrain_hours``.

        A gate may rightly keep an old model for a while, when no newer one is better.
        """
        intervals = RETRAININGS_WITH_GATE if gated else RETRAININGS
        oldest = self.model_age_hours or intervals * retrain_hours
        return ModelTrust(self.untrusted_candles or None, oldest)

    def exchange_guard(self) -> ExchangeTrouble | None:
        """The guard of the connection."""
        if not self.exchange_errors:
            return None
        return ExchangeTrouble(
            self.exchange_errors, self.exchange_window_minutes, self.exchange_pause_minutes
        )
