"""Regime-aware FreqAI strategy for freqtrade: from a candle to a position, each step proven."""

from importlib.metadata import version

__version__ = version("freqai-regimes")
