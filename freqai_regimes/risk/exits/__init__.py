"""When a position is left: stops, target, time and regime, each with its reason."""
