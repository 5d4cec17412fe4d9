"""The contract of every learner: what it is given, what it hands back, what a user may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners.sample import Floats, RowOrder
from freqai_regimes.learners.windows import Windows, complete_windows

#: Values of the classes, in the order of the columns of a prediction.
CLASSES: dict[Kind, tuple[float, ...]] = {
    "regression": (),
    "binary": (0.0, 1.0),
    "three_class": (-1.0, 0.0, 1.0),
}
LearnerName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class CommonOptions(BaseModel):
    """Options of one learner; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: LearnerName | None = Field(
        None, description="of its columns (lower case letters, digits, _); null: the learner's name"
    )
    random_state: int = Field(1, ge=0, le=2**31 - 1, description="seed: same rows, same model")


@dataclass(frozen=True)
class Task:
    """What is to be learnt, as a learner's module needs to know it.

    Attributes
    ----------
    class_count : classes that occur in the training rows, at least 2; 0 for regression.
    early_stopping_rounds : rounds without gain on the stopping rows after which boosting ends;
        0 keeps all trees. Networks have their own patience.
    n_jobs : threads that may be used, never more.
    """

    class_count: int
    early_stopping_rounds: int = 0
    n_jobs: int = 1


class Model(Protocol):
    """What a learner's module hands back; picklable by reference to this package."""

    def predict(self, rows: Any) -> Floats:
        """Values, shape (rows,), or probabilities of the classes seen, shape (rows, classes).

        Of finite rows, shape (rows, columns), or of ``Windows``, whichever it was fitted on.
        """
        ...

    def importance(self) -> Floats:
        """How much each column was used, at least 0, in a unit of the learner's own."""
        ...


class Learner(Protocol):
    """The contract of a learner's module."""

    def fit(self, options: Any, sample: Any, task: Task, stopping: Any) -> Model:
        """Fit on finite rows (``Sample``); targets of classes are 0, 1, ... in their order.

        Options with ``window_candles`` get windows instead (``WindowSample``).
        """
        ...


@dataclass(frozen=True)
class ConstantModel:
    """What is left where the training rows hold one class only: certain of it."""

    columns: int

    def predict(self, rows: Floats | Windows) -> Floats:
        """Probability 1 of the only class, shape (rows, 1)."""
        return np.ones((len(rows), 1))

    def importance(self) -> Floats:
        """Nothing was used."""
        return np.zeros(self.columns)


@dataclass(frozen=True)
class FittedLearner:
    """A fitted learner: self-contained, the same answer for a row whatever rows it comes with.

    Attributes
    ----------
    model : what the learner's module fitted.
    kind : of the label that was learnt.
    seen : classes that occurred in training, a part of ``CLASSES[kind]``.
    columns : features a row must have.
    window_candles : consecutive candles that a prediction looks at; 1: its row alone.
    """

    model: Model
    kind: Kind
    seen: tuple[float, ...]
    columns: int
    window_candles: int = 1

    @property
    def classes(self) -> tuple[float, ...]:
        """Values of the classes in the order of the columns of a three-class prediction."""
        return CLASSES[self.kind]

    def predict(self, rows: Floats, order: RowOrder | None = None) -> Floats:
        """Ask for each row; a row with NaN or infinite features gets NaN.

        A learner of windows gives NaN as well where its ``window_candles`` - 1 candles before the
        row are not among the rows, one by one without a gap and known: hand them over, and take
        the answers of the rows that were meant.

        Parameters
        ----------
        rows : features in the order of the fit, shape (rows, columns).
        order : which candle each row is; needed by learners of windows, ignored by the others.

        Returns
        -------
        Regression: value in the label's unit, shape (rows,). Binary: probability that the label is
        1, shape (rows,). Three-class: probabilities of -1, 0 and 1, shape (rows, 3), sum 1; a class
        that training never saw has 0.

        Raises
        ------
        TrainingError
            If the number of columns is another one than in the fit, or a learner of windows gets
            no order.
        """
        self._check(rows)
        answer = np.full((len(rows), *((3,) if self.kind == "three_class" else ())), np.nan)
        if self.window_candles > 1:
            windows = complete_windows(rows, order, self.window_candles)
            answer[windows.source] = self._shaped(self.model.predict(windows))
            return answer
        usable = np.isfinite(rows).all(axis=1)
        if usable.any():
            answer[usable] = self._shaped(self.model.predict(np.ascontiguousarray(rows[usable])))
        return answer

    def importance(self) -> Floats:
        """How much each column was used, at least 0, in a unit of the learner's own."""
        return self.model.importance()

    def _check(self, rows: Floats) -> None:
        if rows.ndim != 2 or rows.shape[1] != self.columns:
            raise TrainingError(
                f"Rows of shape {rows.shape} cannot be predicted: {self.columns} columns were "
                "fitted. Train again with the features that are there now."
            )

    def _shaped(self, answer: Floats) -> Floats:
        if self.kind == "regression":
            return answer
        spread = np.zeros((len(answer), len(self.classes)))
        spread[:, [self.classes.index(value) for value in self.seen]] = answer
        return spread[:, 1] if self.kind == "binary" else spread
