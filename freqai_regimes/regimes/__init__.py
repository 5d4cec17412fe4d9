"""Bull, sideways or bear: pure functions of closed candles.

A regime is a number, 1 bull, 0 sideways, -1 bear, NaN while unknown.
"""

BULL, SIDEWAYS, BEAR = 1, 0, -1
REGIME_NAMES = {BULL: "bull", SIDEWAYS: "sideways", BEAR: "bear"}
