"""Other series beside the candles, joined as of the time each value was available."""

from freqai_regimes.sources.as_of import join_as_of
from freqai_regimes.sources.kinds import join_basis, join_candles, join_funding, join_source
from freqai_regimes.sources.options import SourceOptions

__all__ = [
    "SourceOptions",
    "join_as_of",
    "join_basis",
    "join_candles",
    "join_funding",
    "join_source",
]
