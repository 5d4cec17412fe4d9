"""Training windows: which rows each has, which pairs share one, and their fits side by side."""
