"""How much: each decision is one function or one value with its reason."""
