"""Texts for people: what is said of a score, a price or a trade, and when; pure functions."""
