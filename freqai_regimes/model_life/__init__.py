"""The life of a model: kept in versions, let in by a gate, watched, replaced, rolled back."""
