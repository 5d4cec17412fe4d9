"""No mutation: a computation leaves the frames it was given as they were."""

from __future__ import annotations

from freqai_regimes.causality.finding import INPUT, Finding
from freqai_regimes.causality.subject import BASE, output_of
from freqai_regimes.causality.table import Table, first_difference
from freqai_regimes.causality.trial import Trial


def check_input_kept(trial: Trial) -> Finding:
    """Compute once and compare every frame that was handed over: columns, index, types, values."""
    market = trial.market.window(0, early_row(trial))
    given = market.inputs()
    output_of(trial.subject, given)
    for name, source in market.sources.items():
        before, after = source.frame, given.get(name)
        if after is None:
            return trial.failed(INPUT, f"it took the frame {name} out of the mapping")
        if list(after.columns) != list(before.columns):
            names = [str(column) for column in after.columns if column not in before.columns]
            told = f"added {', '.join(names)}" if names else "dropped or moved columns"
            return trial.failed(INPUT, f"it {told} in the frame {name} that it was given")
        if not after.index.equals(before.index) or not after.dtypes.equals(before.dtypes):
            return trial.failed(INPUT, f"it changed index or types of the frame {name}")
        fault = first_difference(Table.of(before), Table.of(after))
        if fault is not None:
            reason = f"it wrote into the frame {name} that it was given"
            return trial.failed(INPUT, reason, fault if name == BASE else None)
    return trial.passed(INPUT, f"{len(given)} frame(s) unchanged")


def early_row(trial: Trial) -> int:
    """Last row of the first part of the candles, long enough for values."""
    needed = (trial.subject.warm_up_candles or 0) + (trial.subject.horizon_candles or 0)
    return min(trial.market.rows - 1, needed + trial.plan.early_candles)
