"""Freqtrade's hyperopt finds the loss here; all of it lives in the installed package."""

from freqai_regimes.freqtrade_bridge.hyperopt_loss import DeflatedSharpeLossBase


class DeflatedSharpeLoss(DeflatedSharpeLossBase):
    """A Sharpe ratio less what so many epochs give by chance; see the package's docs/signals.md."""
