"""Tests of the stepped bot: its clock, its training thread, its cadence."""
