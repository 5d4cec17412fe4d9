"""Steps of ``signal_sets``: from any columns of the frame to scores, from scores to signals."""
