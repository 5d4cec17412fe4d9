"""The one place that reads the ``regimes`` section of a freqtrade configuration.

Every default stands once, with its unit and where it comes from: here, or in the room that uses it.
"""

from freqai_regimes.settings.hashed import settings_hash
from freqai_regimes.settings.nearest import nearest
from freqai_regimes.settings.parts import EdgeSettings, ExposureSettings, ModelUseSettings
from freqai_regimes.settings.reading import SECTION, parse_settings
from freqai_regimes.settings.section import Settings

__all__ = [
    "SECTION",
    "EdgeSettings",
    "ExposureSettings",
    "ModelUseSettings",
    "Settings",
    "nearest",
    "parse_settings",
    "settings_hash",
]
