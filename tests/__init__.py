"""Tests, mirroring the package by name; ``host`` runs the real freqtrade."""
