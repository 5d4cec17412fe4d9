"""The control arm: same risk as RegimeStrategy, a plain moving average as signal, no model."""

from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase
from freqai_regimes.regimes.rule import price_above_average


class BaselineStrategy(RegimeStrategyBase):
    """In the market while the price is above its long moving average."""

    uses_model = False
    regime_rule = staticmethod(price_above_average)
