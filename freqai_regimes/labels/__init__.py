"""What the model learns: each label comes with the time at which it is known."""
