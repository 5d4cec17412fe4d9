"""From what the model says to the weight that a position shall have, candle by candle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.features.volatility import ewma_volatility, periods_per_year
from freqai_regimes.freqtrade_bridge.expected_costs import ExpectedCosts
from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.risk.sizing import size_factor, volatility_scale
from freqai_regimes.settings import Settings
from freqai_regimes.signals import edge_weight, regime_weight

#: FreqAI takes every column with this sign in its name for a label.
LABEL = "&-"
SIDES = (("long", 1.0), ("short", -1.0))


class TargetWeight:
    """Prediction, expected return and target weight of closed candles, as the settings want them.

    Parameters
    ----------
    settings : of the strategy.
    timeframe : of the frames that are given.
    costs : what a trade is expected to cost.
    can_short : False: negative weights become 0.
    """

    def __init__(
        self, settings: Settings, timeframe: str, costs: ExpectedCosts, *, can_short: bool
    ) -> None:
        self.settings = settings
        self.timeframe = timeframe
        self.costs = costs
        self.can_short = can_short

    def with_prediction(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add what the model says, where it may be trusted: prediction, score, expected return."""
        absent = pd.Series(np.nan, index=frame.index)
        trusted = frame.get("do_predict", absent) == 1
        prediction = frame.get(LABEL + self.settings.train_label, absent).where(trusted)
        score = frame.get("model_score", absent).where(trusted).astype(float)
        expected_return = prediction * self._move(frame)
        return frame.assign(prediction=prediction, score=score, expected_return=expected_return)

    def with_weight(self, frame: pd.DataFrame, pair: str) -> pd.DataFrame:
        """Add the target weight: direction by regime, edge or rule, times the size's factors."""
        annual = frame["volatility"] * np.sqrt(periods_per_year(self.timeframe))
        if self.settings.entry == "regime":
            weight = regime_weight(frame["regime"], annual, frame["score"], self.settings)
        elif self.settings.entry == "signal":
            target = self.settings.exposure.target_volatility
            weight = volatility_scale(annual, target).fillna(0.0)
        else:
            weight = edge_weight(
                frame["expected_return"],
                frame["regime"],
                annual,
                self.settings,
                interval=self._interval(frame),
                costs=self.costs.of(frame, pair),
            )
        if self.settings.entry == "signal":  # the rule chooses one of both sizes and gives the sign
            sizes = {
                f"signal_{side}": self._sized(weight * sign, frame).abs() for side, sign in SIDES
            }
            return frame.assign(**sizes, weight=0.0)
        weight = self._sized(weight, frame)
        if not self.can_short:
            weight = weight.clip(lower=0.0)
        return frame.assign(weight=weight)

    def _sized(self, weight: pd.Series, frame: pd.DataFrame) -> pd.Series:
        """The weight times the factors of its size, which depend on its side."""
        factor = size_factor(
            weight, frame["regime"], self._probability(frame), REGIME_NAMES, self.settings.size
        )
        return weight * factor

    def _interval(self, frame: pd.DataFrame) -> pd.DataFrame | None:
        """The ends of the predicted return's interval, where they decide."""
        if self.settings.edge.bound == "forecast":
            return None
        absent, move = pd.Series(np.nan, index=frame.index), self._move(frame)
        ends = {end: frame.get(f"prediction_{end}", absent) * move for end in ("lower", "upper")}
        return pd.DataFrame(ends)

    def _probability(self, frame: pd.DataFrame) -> pd.Series:
        """Calibrated probability of a positive return; NaN where there is none."""
        absent = pd.Series(np.nan, index=frame.index)
        probability: pd.Series = frame.get("probability", absent)
        return probability

    def _move(self, frame: pd.DataFrame) -> pd.Series | float:
        """Turn a prediction into a return, as a fraction; NaN where the label is no return."""
        forecast = self.settings.forecast
        if forecast is None:
            return float("nan")
        if forecast.unit == "volatility":
            volatility = ewma_volatility(frame["close"], forecast.volatility_half_life_candles)
            return volatility * float(np.sqrt(forecast.horizon_candles))
        return 0.01 if forecast.unit == "percent" else 1.0
