"""The trading side of the local exchange: accounts, orders and their matching on stored candles.

All money is an exact ``decimal.Decimal``; nothing is rounded but what an exchange rounds.
"""
