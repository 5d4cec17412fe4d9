"""Freqtrade finds the regime strategy here; all of it lives in the installed package."""

from freqai_regimes.freqtrade_bridge.strategy import RegimeStrategyBase


class RegimeStrategy(RegimeStrategyBase):
    """Bull, bear or sideways decides; see the package's README."""
