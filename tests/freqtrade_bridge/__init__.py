"""Tests of the rooms that know freqtrade, without running it."""
