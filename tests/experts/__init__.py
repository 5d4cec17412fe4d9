"""Tests of the room of experts; ``window`` makes small ones for all of them."""
