"""Says when a network has learnt long enough: no gain on the stopping rows for some epochs."""

from __future__ import annotations


class Patience:
    """Counts epochs since the best one.

    Parameters
    ----------
    epochs : without gain that end it, at least 1.

    >>> patience = Patience(2)
    >>> [(patience.is_best(loss), patience.is_over) for loss in (3.0, 2.0, 2.5, 2.0)]
    [(True, False), (True, False), (False, False), (False, True)]
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._best: float | None = None
        self._since = 0

    def is_best(self, loss: float) -> bool:
        """Take the loss of an epoch; whether it is the lowest one so far (or the first)."""
        if self._best is None or loss < self._best:
            self._best, self._since = loss, 0
            return True
        self._since += 1
        return False

    @property
    def is_over(self) -> bool:
        """Whether there was no gain for so long."""
        return self._since >= self._epochs
