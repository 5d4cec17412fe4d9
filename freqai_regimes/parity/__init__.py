"""Live and backtest side by side: what differs, where, why, and what it cost."""
