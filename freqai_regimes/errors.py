"""What can go wrong, as one tree: every message says what was got, what is allowed, what to do.

::

    RegimesError
    ├── SettingsError      a settings value or name that is not allowed
    ├── CandleError        candles that are missing, damaged or too few
    ├── TrainingError      a training window that cannot be fitted
    ├── RegistryError      a model registry that is damaged, full or in use
    └── ExchangeError      the local exchange cannot start or serve
"""


class RegimesError(Exception):
    """Base of all errors of this package; its text is one clear line for the user."""


class SettingsError(RegimesError):
    """A settings value, name or combination that is not allowed."""


class CandleError(RegimesError):
    """Candles that are missing, damaged, unsorted or too few."""


class TrainingError(RegimesError):
    """A training window that cannot be fitted."""


class RegistryError(RegimesError):
    """A model registry, or a version in it, that is damaged, does not fit, is full or in use."""


class ExchangeError(RegimesError):
    """The local exchange cannot start or cannot serve what was asked."""
