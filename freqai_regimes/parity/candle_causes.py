"""Why candles of a pair differ: the first stage that does has a cause, later ones inherit it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.parity.candle_pairs import CandlePair
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.difference import Difference, Value, Why
from freqai_regimes.parity.origin import Origin
from freqai_regimes.parity.stages import ORDER, WITH_MEMORY, stage_of
from freqai_regimes.parity.starts import Span, Starts
from freqai_regimes.parity.trainings import Trainings

FOLLOWS_A_CANDLE = "it remembers the candle of {:%Y-%m-%d %H:%M}, which differs"
LEARNED = "the model learned from rows in which they differ"
SAME_MODEL = "window, training and candles agree; what was computed from them was not kept"


class CandleCauses:
    """The differences of one pair's candles, in time order.

    Parameters
    ----------
    candles : both sides' candles.
    starts : where the bot started.
    trainings, origin : what is known of the models and of what they were asked.
    others : candles at which any pair was analysed live.
    step : length of a candle.
    spans : times at which the bot ran, () where unknown.
    """

    def __init__(
        self,
        candles: CandlePair,
        starts: Starts,
        trainings: Trainings,
        origin: Origin,
        others: pd.DatetimeIndex,
        step: pd.Timedelta,
        spans: Sequence[Span],
    ) -> None:
        self.candles = candles
        self.starts = starts
        self.trainings = trainings
        self.origin = origin
        self.others = others
        self.step = step
        self.spans = spans
        self.by_stage: dict[str, dict[str, None]] = {stage: {} for stage in ORDER}
        for column in map(str, candles.differs):
            self.by_stage[stage_of(column)][column] = None
        #: Candle -> why its first stage that differs does.
        self.whys: dict[pd.Timestamp, Why] = {}

    def differences(self) -> Iterator[Difference]:
        """A row for each cell that is not the same, and for each run of candles one side lacks."""
        candles = self.candles
        unlike = (candles.here != candles.there) | candles.differs.any(axis=1)
        absent: list[pd.Timestamp] = []
        for place in map(int, np.flatnonzero(unlike.to_numpy())):
            date = candles.live.index[place]
            alone = bool(candles.here.iloc[place] != candles.there.iloc[place])
            if absent and not (alone and self._continues(absent, place)):
                yield self._absent(absent)
                absent = []
            if alone:
                self.whys[date] = self._why_absent(date)
                absent.append(date)
            else:
                yield from self._cells(date)
        if absent:
            yield self._absent(absent)

    def _continues(self, absent: Sequence[pd.Timestamp], place: int) -> bool:
        """Whether a candle is the next one and absent on the same side, for the same cause."""
        dates, here = self.candles.live.index, self.candles.here
        follows = bool(dates[place - 1] == absent[-1] and here[absent[-1]] == here.iloc[place])
        return follows and self._why_absent(dates[place]) == self.whys[absent[-1]]

    def why_of(self, date: pd.Timestamp, columns: Sequence[str]) -> Why | None:
        """Why any of some columns of a candle differs; ``row`` asks whether both have it.

        Where none of the columns is compared, the whole candle is asked.
        """
        differs, absent = self.candles.differs, self.candles.here[date] != self.candles.there[date]
        if absent:
            return self.whys.get(date) if "row" in columns else None
        known = [name for name in columns if name in differs] or list(map(str, differs))
        return self.whys.get(date) if bool(differs.loc[date, known].any()) else None

    def _absent(self, dates: Sequence[pd.Timestamp]) -> Difference:
        why, here = self.whys[dates[0]], bool(self.candles.here[dates[0]])
        many = "analysed" if len(dates) == 1 else f"{len(dates)} analysed"
        return Difference(
            kind="candle",
            pair=self.candles.pair,
            date=dates[0],
            what="row",
            live=many if here else None,
            backtest=None if here else many,
            cause=why.cause,
            reason=f"{why.reason}, until {dates[-1]:%Y-%m-%d %H:%M}",
        )

    def _why_absent(self, date: pd.Timestamp) -> Why:
        if self.candles.here[date]:
            return Why.plain(Cause.NOT_STORED)
        if date not in self.others:
            ran = any(start <= date + self.step <= stop for start, stop in self.spans)
            return Why.plain(Cause.MISSING_CANDLE if ran else Cause.NOT_RUNNING)
        own = self.candles.live.index[self.candles.here]
        if len(own) == 0 or not own[0] < date < own[-1]:
            return Why.plain(Cause.NOT_TRADED)
        return Why.plain(Cause.MISSING_CANDLE)

    def _cells(self, date: pd.Timestamp) -> Iterator[Difference]:
        differs = self.candles.differs.loc[date].to_dict()
        live, backtest = self._both(date)
        why: Why | None = None
        for stage in ORDER:
            columns = [name for name in self.by_stage[stage] if differs[name]]
            if not columns:
                continue
            if why is None:
                why = self.whys[date] = self._why(stage, columns, date)
            for column in columns:
                yield Difference(
                    kind=stage,
                    pair=self.candles.pair,
                    date=date,
                    what=column,
                    live=_value(live[column]),
                    backtest=_value(backtest[column]),
                    cause=why.cause,
                    reason=why.reason,
                    root=why.root,
                )

    def _why(self, stage: str, columns: Sequence[str], date: pd.Timestamp) -> Why:
        """The cause of the first stage of a candle that differs."""
        if stage == "candle":
            return Why.plain(Cause.OTHER_CANDLE)
        if stage in ("model", "prediction"):
            if date in self.starts.first:
                return Why.plain(Cause.FIRST_CANDLE)
            if date in self.starts.without_model:
                return Why.plain(Cause.NO_MODEL)
            return self._why_predicted(columns, date)
        found = self._by_cut(columns, date)
        if found is None and stage in WITH_MEMORY:
            found = self._remembered(date)
        return found or Why(Cause.UNKNOWN, "what it is computed from is the same at this candle")

    def _why_predicted(self, columns: Sequence[str], date: pd.Timestamp) -> Why:
        sides = self.candles.live, self.candles.backtest
        live, backtest = (_number(side, "model_version", date) for side in sides)
        asked = self.origin.of_features(date)  # they decide what rows were learned from, too
        trained = self.trainings.why(live, backtest, date)
        if asked is None and trained is not None and trained.cause != Cause.TRAINING_ROWS:
            return trained
        asked = asked or self._by_cut(columns, date) or self._changed_candle(date)
        if asked is not None:
            return asked
        if trained is not None:
            learned = self.origin.learned()
            return trained if learned is None else learned.followed(LEARNED)
        if self.origin.has_features and not self.origin.differing(date):
            return Why(Cause.UNKNOWN, "the same features and, as far as known, the same model")
        return Why(
            Cause.UNKNOWN, SAME_MODEL if self.trainings.are_known else "no training is known"
        )

    def _by_cut(self, columns: Sequence[str], date: pd.Timestamp) -> Why | None:
        return self.origin.of_values(date, columns, *self._both(date))

    def _both(self, date: pd.Timestamp) -> tuple[dict[str, float], dict[str, float]]:
        live, backtest = self.candles.live, self.candles.backtest
        names = [str(name) for name in live]
        one, other = (side.loc[date].to_numpy(dtype=float) for side in (live, backtest))
        return dict(zip(names, one, strict=True)), dict(zip(names, other, strict=True))

    def _changed_candle(self, date: pd.Timestamp) -> Why | None:
        """An earlier candle that live saw otherwise, or not at all."""
        causes = (Cause.OTHER_CANDLE, Cause.MISSING_CANDLE, Cause.NOT_STORED)
        earlier = [(at, why) for at, why in self.whys.items() if at < date and why.cause in causes]
        if not earlier:
            return None
        at, why = earlier[-1]
        return why.followed(FOLLOWS_A_CANDLE.format(at))

    def _remembered(self, date: pd.Timestamp) -> Why | None:
        """The last candle before this one in which anything differs."""
        earlier = [(at, why) for at, why in self.whys.items() if at < date]
        if not earlier:
            return None
        at, why = earlier[-1]
        return why.followed(FOLLOWS_A_CANDLE.format(at))


def _number(frame: pd.DataFrame, column: str, date: pd.Timestamp) -> float:
    return float(frame[column][date]) if column in frame else float("nan")


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return value
    return None if pd.isna(value) else float(value)
