"""Intervals around predictions that hold the outcome as often as they say."""
