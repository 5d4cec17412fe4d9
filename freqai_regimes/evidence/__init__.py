"""What a result is worth: what was tried before it, and what chance would have given."""
