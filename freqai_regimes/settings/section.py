"""The ``regimes`` section as one model, composed of each room's own options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from freqai_regimes.calibration import CalibrationOptions
from freqai_regimes.features import candle_shape, momentum, volume
from freqai_regimes.features.engine import ALL_TIMEFRAMES, FeatureSet
from freqai_regimes.intervals.options import IntervalOptions
from freqai_regimes.labels import forward_return
from freqai_regimes.labels.engine import LabelSet, horizon_candles, label_names
from freqai_regimes.learners import gradient_boosting
from freqai_regimes.learners.engine import LearnerOptions, column_name
from freqai_regimes.learners.expert_settings import ExpertSettings
from freqai_regimes.messages.options import MessageSettings
from freqai_regimes.model_life.options import LifeSettings
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.risk.costs import CostSettings
from freqai_regimes.risk.exits.options import ExitSettings
from freqai_regimes.risk.exposure_caps import CapSettings
from freqai_regimes.risk.guards.options import GuardSettings
from freqai_regimes.risk.leverage import LeverageSettings
from freqai_regimes.risk.order_safety import OrderSettings
from freqai_regimes.risk.sizing import SizeSettings
from freqai_regimes.settings.nearest import nearest
from freqai_regimes.settings.parts import (
    EdgeSettings,
    ExposureSettings,
    ModelUseSettings,
    Part,
    VolatilitySettings,
)
from freqai_regimes.signal_sets.engine import SignalSet, made_by, traded_rule
from freqai_regimes.sources import SourceOptions
from freqai_regimes.windows.options import WindowSettings

#: Three days of 4h candles ahead, in units of the volatility that sizes positions.
DEFAULT_LABEL_SETS: tuple[LabelSet, ...] = (
    forward_return.Options(
        label="forward_return",
        name="forward_return",
        horizon_candles=18,
        volatility_half_life_candles=90,
        clip=4.0,
    ),
)
DEFAULT_FEATURE_SETS: tuple[FeatureSet, ...] = (
    momentum.Options(generator="momentum", timeframe=ALL_TIMEFRAMES, windows_candles=(6, 24, 84)),
    volume.Options(generator="volume", timeframe=ALL_TIMEFRAMES, windows_candles=(6, 24, 84)),
    candle_shape.Options(generator="candle_shape", timeframe=ALL_TIMEFRAMES),
)


class Settings(Part):
    """The ``regimes`` section as a whole."""

    preset: str = Field("custom", description="name shown in reports")
    entry: Literal["regime", "edge", "signal"] = Field(
        "regime",
        description="what decides the direction: the regime; edge: the predicted return; signal: "
        "the threshold_rule that ends signal_sets",
    )
    regime: RegimeSettings = RegimeSettings()
    volatility: VolatilitySettings = VolatilitySettings()
    sources: tuple[SourceOptions, ...] = Field(
        (), description="other series whose columns features may use, each under its prefix"
    )
    feature_sets: tuple[FeatureSet, ...] = Field(
        DEFAULT_FEATURE_SETS, min_length=1, description="what is computed for the model, in order"
    )
    train_features: tuple[str, ...] | None = Field(
        None, description="patterns of the features that train; null: all, else the rest is shown"
    )
    label_sets: tuple[LabelSet, ...] = Field(
        DEFAULT_LABEL_SETS, min_length=1, description="what is known of the future, later"
    )
    train_label: str = Field("forward_return", description="the label that the model learns")
    windows: WindowSettings = WindowSettings()
    signal_sets: tuple[SignalSet, ...] = Field(
        (), description="from predictions and other columns to scores and signals, in order"
    )
    train_labels: tuple[str, ...] = Field(
        (), description="labels learnt beside train_label, shown as model_<label>_<learner>"
    )
    learners: tuple[LearnerOptions, ...] = Field(
        (gradient_boosting.Options(learner="lightgbm"),),
        min_length=1,
        description="each learns every label; the first one predicts, unless they are stacked",
    )
    experts: ExpertSettings = ExpertSettings()
    life: LifeSettings = LifeSettings()
    calibration: CalibrationOptions = CalibrationOptions()
    intervals: IntervalOptions = IntervalOptions()
    exposure: ExposureSettings = ExposureSettings()
    model_use: ModelUseSettings = ModelUseSettings()
    edge: EdgeSettings = EdgeSettings()
    costs: CostSettings = CostSettings()
    size: SizeSettings = SizeSettings()
    caps: CapSettings = CapSettings()
    exits: ExitSettings = ExitSettings()
    leverage: LeverageSettings = LeverageSettings()
    guards: GuardSettings = GuardSettings()
    trial_variance: float | None = Field(
        None,
        gt=0,
        description="of daily Sharpe ratios between epochs, for DeflatedSharpeLoss; null: chance's",
    )
    orders: OrderSettings = OrderSettings()
    messages: MessageSettings = MessageSettings()
    cooldown_minutes: int = Field(0, ge=0, description="no new entry into a pair after an exit")
    longest_gap_hours: float = Field(48.0, gt=0, description="longer holes in candles are refused")
    on_failed_window: Literal["stop", "count"] = Field(
        "stop", description="count: go on without predictions and show the number"
    )
    record: str | None = Field(
        None, description="folder for what the strategy saw and decided, candle by candle"
    )

    @field_validator("sources")
    @classmethod
    def _prefixes_differ(cls, value: tuple[SourceOptions, ...]) -> tuple[SourceOptions, ...]:
        prefixes = [source.column_prefix for source in value]
        twice = sorted({prefix for prefix in prefixes if prefixes.count(prefix) > 1})
        if twice:
            raise ValueError(f"two have the column_prefix {twice[0]!r}: give each its own")
        return value

    @field_validator("train_label")
    @classmethod
    def _label_is_made(cls, name: str, info: ValidationInfo) -> str:
        _refuse_unmade((name,), info)
        return name

    @field_validator("signal_sets")
    @classmethod
    def _columns_are_made_once(cls, entries: tuple[SignalSet, ...]) -> tuple[SignalSet, ...]:
        made = made_by(entries)
        twice = sorted({name for name in made if made.count(name) > 1})
        if twice:
            raise ValueError(f"make {', '.join(twice)} twice: give one of the steps another name")
        return entries

    @model_validator(mode="after")
    def _signal_needs_a_rule(self) -> Self:
        if self.entry == "signal" and traded_rule(self.signal_sets) is None:
            raise ValueError(
                "entry signal trades by the last of signal_sets, a threshold_rule: add one"
            )
        return self

    @field_validator("train_labels")
    @classmethod
    def _labels_are_made(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        _refuse_unmade(names, info)
        main = info.data.get("train_label")
        if len({*names, main}) <= len(names):
            raise ValueError(f"name each label once, and not {main!r}, which is learnt anyway")
        return names

    @field_validator("learners")
    @classmethod
    def _names_differ(cls, learners: tuple[LearnerOptions, ...]) -> tuple[LearnerOptions, ...]:
        names = [column_name(learner) for learner in learners]
        if len(set(names)) < len(names):
            raise ValueError(f"two learners are called the same in {names}: give one a name")
        return learners

    @model_validator(mode="after")
    def _kelly_needs_a_direction(self) -> Self:
        if self.size.kelly is not None and self.entry == "signal":
            raise ValueError("size.kelly needs entry regime or edge, whose side the model judges")
        return self

    @model_validator(mode="after")
    def _edge_needs_a_return(self) -> Self:
        if self.entry == "edge" and self.forecast is None:
            raise ValueError(
                f"entry edge needs a forward_return as train_label, {self.train_label!r} is a "
                f"{self.trained_entry.label}: train a forward_return, or use entry regime"
            )
        return self

    @property
    def model_decides(self) -> bool:
        """Whether predictions change what is traded (they may only be shown)."""
        use = self.model_use
        return self.entry == "edge" or use.tilt > 0 or use.veto_below_score is not None

    @property
    def all_train_labels(self) -> tuple[str, ...]:
        """Every label that is learnt, the main one first."""
        return (self.train_label, *self.train_labels)

    @property
    def trained_entry(self) -> LabelSet:
        """The entry of ``label_sets`` that makes ``train_label``."""
        return next(e for e in self.label_sets if self.train_label in label_names(e))

    @property
    def forecast(self) -> forward_return.Options | None:
        """The trained label as a forward return, whose predictions are moves; None for others."""
        entry = self.trained_entry
        return entry if isinstance(entry, forward_return.Options) else None

    @property
    def horizon_candles(self) -> int:
        """Candles that the trained label spans; 1 where there is no bound."""
        forecast = self.forecast
        if forecast is not None:
            return forecast.horizon_candles
        return horizon_candles(self.trained_entry) or 1


def _refuse_unmade(names: Iterable[str], info: ValidationInfo) -> None:
    made = [label for entry in info.data.get("label_sets", ()) for label in label_names(entry)]
    for name in names:
        if name not in made:
            raise ValueError(f"is made by no entry of label_sets; {nearest(name, made)}")
