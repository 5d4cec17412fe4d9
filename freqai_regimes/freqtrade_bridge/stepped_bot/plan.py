"""What a stepped run is to do, handed to its process as a JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

#: A bot looks a little after a candle has closed; freqtrade itself waits for at least one second.
SECONDS_AFTER_CANDLE = 2
#: First word of the lines that tell how many candles are done.
PROGRESS = "stepped"


@dataclass(frozen=True)
class SteppedPlan:
    """One run of the stepped bot.

    Attributes
    ----------
    url : address of the local exchange whose clock is set.
    start : first moment, ISO text with its zone.
    candles : how many candles to step after the first look.
    timeframe_seconds : length of a base candle.
    arguments : words of ``freqtrade trade``.
    folder : where the run's answers are written.
    step_seconds : time between two looks; a divisor of the candle's length, 0 for that length.
    paused_looks : first looks at which nothing may be entered (freqtrade's state ``paused``).
    """

    url: str
    start: str
    candles: int
    timeframe_seconds: int
    arguments: list[str]
    folder: str
    step_seconds: int = 0
    paused_looks: int = 0

    def write(self) -> Path:
        """Write the plan into its folder; returns the file."""
        path = Path(self.folder) / "plan.json"
        path.write_text(json.dumps(asdict(self)))
        return path

    @classmethod
    def read(cls, path: Path) -> SteppedPlan:
        """A plan that was written."""
        return cls(**json.loads(path.read_text()))

    @property
    def step(self) -> int:
        """Seconds between two looks."""
        return self.step_seconds or self.timeframe_seconds
