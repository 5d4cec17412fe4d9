"""Orders that cannot be lost: own ids written ahead, UNKNOWN means ask, what is found is adopted.

Live trading only: a dry-run and a backtest send no orders.
"""
