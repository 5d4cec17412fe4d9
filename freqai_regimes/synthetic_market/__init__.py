"""The built-in market: seeded candles without network, whose hidden truth the tests can look up.

**A profit made on this market means nothing.** Whatever can be earned here was planted, and its
size was chosen. The market is there to run the whole product anywhere, to prove that a pipeline
finds a signal of known strength, and that it finds nothing where nothing is
(``signal_strength=0, spell_days=0``).

>>> spec = MarketSpec(pairs=("BTC/USDT",), days=30, signal_strength=0.2)
>>> path = simulate(spec)["BTC/USDT"]
>>> len(path.candles), list(path.truth.columns[:3])
(720, ['date', 'spell', 'signal'])
"""

from freqai_regimes.synthetic_market.market_files import build_market, read_spec, read_truth
from freqai_regimes.synthetic_market.planted_signal import (
    allowed_rank_correlation,
    greatest_strength,
)
from freqai_regimes.synthetic_market.price_path import SPELL_DRIFT, PairPath, simulate
from freqai_regimes.synthetic_market.spec import MarketSpec

__all__ = [
    "SPELL_DRIFT",
    "MarketSpec",
    "PairPath",
    "allowed_rank_correlation",
    "build_market",
    "greatest_strength",
    "read_spec",
    "read_truth",
    "simulate",
]
