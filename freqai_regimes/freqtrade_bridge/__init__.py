"""The only rooms that know both worlds, freqtrade with FreqAI and this package."""
