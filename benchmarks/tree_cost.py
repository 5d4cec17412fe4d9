"""What fewer, larger or quantised trees cost and what they are worth: why the preset has its own.

    python benchmarks/tree_cost.py

The pooled model on the built-in markets of expert_gain.py (signal by regime, seeds from 100 on,
which no published gain uses), windows that go forward in time: CPU time of the fits, the first row
being 1, and rank correlation out of sample.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from expert_gain import BUILT_IN, BY_REGIME, rows_of, spans, window_of
from study_trees import STUDY_TREES

from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.experts.fit import validation_split, with_parameters
from freqai_regimes.experts.problem import Problem
from freqai_regimes.synthetic_market import simulate

SEEDS = (100, 101, 102)
WHOLE: dict[str, Any] = {"subsample_freq": 0}
VARIANTS: dict[str, dict[str, Any]] = {
    "100 trees, 0.7 of the rows each": {},
    "the same, 0.3 of the rows for 10 trees": {"subsample": 0.3, "subsample_freq": 10},
    "60 trees, rate 0.07, all rows": {"n_estimators": 60, "learning_rate": 0.07, **WHOLE},
    "40 trees, rate 0.10, all rows": {"n_estimators": 40, "learning_rate": 0.1, **WHOLE},
    "30 trees, rate 0.13, all rows": {"n_estimators": 30, "learning_rate": 0.13, **WHOLE},
    "40 trees, all rows, quantised": {
        "n_estimators": 40,
        "learning_rate": 0.1,
        "use_quantized_grad": True,
        "num_grad_quant_bins": 16,
        **WHOLE,
    },
}


def main() -> None:
    """Fit every variant on the same windows and print the table."""
    settings = BUILT_IN.settings
    cost = dict.fromkeys(VARIANTS, 0.0)
    skill: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for seed in SEEDS:
        paths = simulate(replace(BY_REGIME, seed=seed))
        rows = rows_of({pair: path.candles for pair, path in paths.items()}, BUILT_IN)
        said: dict[str, list[pd.DataFrame]] = {name: [] for name in VARIANTS}
        for before, after in spans(rows, BUILT_IN):
            window, later = window_of(before), window_of(after)
            train = validation_split(window, settings).train
            for name, changes in VARIANTS.items():
                learner = with_parameters(settings.learners[0], {**STUDY_TREES, **changes})
                began = time.process_time()
                problem = Problem.of(window, window.main, learner, settings.experts, train)
                model = problem.fit_pooled(train)
                cost[name] += time.process_time() - began
                answer = {"said": model.predict(later.rows()), "label": after["label"]}
                said[name].append(pd.DataFrame(answer))
        for name, parts in said.items():
            whole = pd.concat(parts)
            skill[name].append(rank_correlation(whole["said"], whole["label"]))
    print(f"{'':42}{'CPU':>6}{'rank corr.':>12}{'by seed':>26}")
    first = next(iter(cost.values()))
    for name, found in skill.items():
        each = "  ".join(f"{value:.3f}" for value in found)
        print(f"{name:42}{cost[name] / first:6.2f}{np.mean(found):12.4f}{each:>26}")


if __name__ == "__main__":
    main()
