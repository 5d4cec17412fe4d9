"""Leaks as they happen in the wild, each beside an honest computation that looks like it."""
