"""The real ``freqtrade trade`` under a clock that steps from candle to candle, and what it saw."""
