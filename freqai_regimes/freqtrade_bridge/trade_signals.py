"""From a candle's target weight, or the traded rule, to freqtrade's signals and their tags."""

from __future__ import annotations

import pandas as pd

from freqai_regimes.settings import Settings
from freqai_regimes.signal_sets import threshold_rule
from freqai_regimes.signals import entries, entry_tags, exits, signal_exits

#: First words of freqtrade's exit reason, by what decides.
EXIT_TAGS = {"regime": "regime", "edge": "reversal", "signal": "signal"}


class TradeSignals:
    """Signals of closed candles; row t uses row t alone.

    Parameters
    ----------
    settings : of the strategy.
    rule : that is traded with entry ``signal``; None with the others.
    can_short : False: there are no columns of the short side.
    """

    def __init__(
        self, settings: Settings, rule: threshold_rule.Options | None, *, can_short: bool
    ) -> None:
        self.settings = settings
        self.rule = rule
        self.sides = ("long", "short") if can_short else ("long",)

    def entries(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """``enter_long`` and ``enter_short``: 1 where the target weight is large enough."""
        enter = entries(frame["weight"], frame["score"], self.settings)
        return {f"enter_{side}": enter[side].astype(int) for side in self.sides}

    def exits(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """``exit_long`` and ``exit_short``: 1 where a position of the side is closed."""
        leave = self._leave(frame)
        return {f"exit_{side}": leave[side].astype(int) for side in self.sides}

    def entry_tags(self, frame: pd.DataFrame) -> pd.Series:
        """What speaks for each entry, in words."""
        return entry_tags(self._tagged(frame), self.settings)

    def exit_tags(self, frame: pd.DataFrame) -> pd.Series:
        """What decides, then the words of an entry on the other side; none where no score is."""
        tagged, leave = self._tagged(frame), self._leave(frame)
        against = leave["short"].astype(int) - leave["long"]
        tagged = tagged.assign(
            weight=against, expected_return=tagged["expected_return"].where(against != 0)
        )
        words = (" " + entry_tags(tagged, self.settings)).where(tagged["score"].notna(), "")
        return EXIT_TAGS[self.settings.entry] + words

    def _leave(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Which candles close a position: the regime, a prediction that has turned, or the rule."""
        if self.rule is None:
            return exits(frame["weight"], frame["expected_return"], self.settings)
        return signal_exits(*(frame[name] for name in self.rule.names))

    def _tagged(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame for tags; with entry ``signal`` the score is the one that is traded.

        Who spoke is named only where the prediction may be trusted.
        """
        if "expert" in frame:
            frame = frame.assign(model_expert=frame["expert"])
        return frame if self.rule is None else frame.assign(score=frame[self.rule.columns[0]])
