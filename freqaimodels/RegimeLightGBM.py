"""FreqAI finds the regime experts here; all of it lives in the installed package."""

from freqai_regimes.freqtrade_bridge.model import RegimeModelBase


class RegimeLightGBM(RegimeModelBase):
    """One pooled LightGBM and an expert per regime, kept as one object."""
