"""Tests that run the real freqtrade, through its resolvers and commands."""
