"""What the model sees: causal, scale-free functions of closed candles."""
