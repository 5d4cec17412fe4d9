"""What can go wrong with an exchange, on purpose: by probability or by script, by seed."""
