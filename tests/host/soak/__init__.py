"""The real bot in live mode, for hours of virtual time, while the exchange misbehaves."""
