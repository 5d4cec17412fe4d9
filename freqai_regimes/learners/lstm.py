"""Trains an LSTM over a window of candles with PyTorch (extra ``torch``), as source 002 has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from freqai_regimes.errors import TrainingError
from freqai_regimes.learners.learner import CommonOptions, Task
from freqai_regimes.learners.neural_network import loss
from freqai_regimes.learners.patience import Patience
from freqai_regimes.learners.recurrent import LstmLayer, LstmNetwork
from freqai_regimes.learners.scaling import Scaling, fit_scaling, fit_target_scaling
from freqai_regimes.learners.windows import WindowSample


class Options(CommonOptions):
    """Options of the LSTM: a small one, since returns hold little and windows overlap."""

    learner: Literal["lstm"]
    window_candles: int = Field(
        250, ge=2, le=5000, description="consecutive candles that a prediction looks at"
    )
    units: int = Field(16, ge=1, le=1024, description="of each layer")
    layers: int = Field(1, ge=1, le=8, description="one above the other")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of units left out between layers")
    learning_rate: float = Field(0.003, gt=0, le=1, description="step size of Adam")
    weight_decay: float = Field(1e-4, ge=0, description="L2 penalty on weights")
    batch_windows: int = Field(128, ge=1, description="windows for each step")
    learn_every: int = Field(
        4, ge=1, description="only each so many-th window is learnt: neighbours are nearly the same"
    )
    epochs: int = Field(10, ge=1, le=100_000, description="passes over the windows at most")
    patience_epochs: int = Field(
        3, ge=0, description="epochs without gain on the stopping rows that end it; 0: never"
    )
    clip: float = Field(5.0, gt=0, description="features are cut off so many deviations from mean")


@dataclass(frozen=True)
class _Training:
    """What stays the same from epoch to epoch."""

    torch: Any
    lstm: Any
    head: Any
    scaling: Scaling
    target: Scaling | None

    def network(self) -> LstmNetwork:
        """The network as it is now, as plain arrays."""
        layers = []
        for i in range(self.lstm.num_layers):
            inputs, outputs, one, other = (
                getattr(self.lstm, f"{name}_l{i}").detach().double().numpy()
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            layers.append(LstmLayer(inputs.T.copy(), outputs.T.copy(), one + other))
        head, bias = (part.detach().double().numpy() for part in (self.head.weight, self.head.bias))
        return LstmNetwork(self.scaling, tuple(layers), head.T.copy(), bias.copy(), self.target)


def fit(
    options: Options, sample: WindowSample, task: Task, stopping: WindowSample | None
) -> LstmNetwork:
    """Fit epoch by epoch; the network of the best epoch on the stopping windows is kept.

    Raises
    ------
    TrainingError
        If PyTorch is not installed.
    """
    torch = pytorch()
    learnt = sample.part(np.arange(len(sample) - 1, -1, -options.learn_every)[::-1])
    with _repeatable(torch, options.random_state, task.n_jobs):
        training = _prepared(torch, options, learnt, task)
        parts = (*training.lstm.parameters(), *training.head.parameters())
        adam = torch.optim.Adam(parts, options.learning_rate, weight_decay=options.weight_decay)
        later = stopping if stopping is not None and options.patience_epochs else None
        patience, network = Patience(options.patience_epochs), None
        for _ in range(options.epochs):
            _one_epoch(training, adam, options, learnt)
            now = training.network()
            if later is None or patience.is_best(
                loss(now.predict(later.windows), later.target, task)
            ):
                network = now
            if later is not None and patience.is_over:
                break
    assert network is not None
    return network


def _prepared(torch: Any, options: Options, learnt: WindowSample, task: Task) -> _Training:
    rows = learnt.windows.rows[np.unique(learnt.windows.places())]
    dropout = options.dropout if options.layers > 1 else 0.0
    lstm = torch.nn.LSTM(
        rows.shape[1], options.units, options.layers, batch_first=True, dropout=dropout
    )
    head = torch.nn.Linear(options.units, max(1, task.class_count))
    target = None if task.class_count else fit_target_scaling(learnt.target)
    return _Training(torch, lstm, head, fit_scaling(rows, options.clip), target)


def _one_epoch(training: _Training, adam: Any, options: Options, learnt: WindowSample) -> None:
    torch, windows, target = training.torch, learnt.windows, learnt.target
    scaled = training.scaling.apply(np.nan_to_num(windows.rows, posinf=0, neginf=0))
    rows, places = torch.as_tensor(scaled, dtype=torch.float32), torch.as_tensor(windows.places())
    wanted = target if training.target is None else training.target.apply(target)
    kind = torch.int64 if training.target is None else torch.float32
    outcome = torch.as_tensor(wanted).to(kind)
    weight = np.ones(len(learnt)) if learnt.weight is None else learnt.weight
    counts = torch.as_tensor(weight, dtype=torch.float32)
    for batch in torch.randperm(len(learnt)).split(options.batch_windows):
        adam.zero_grad()
        outputs, _ = training.lstm(rows[places[batch]])
        scores = training.head(outputs[:, -1])
        if training.target is None:
            each = torch.nn.functional.cross_entropy(scores, outcome[batch], reduction="none")
        else:
            each = (scores[:, 0] - outcome[batch]) ** 2
        ((each * counts[batch]).sum() / counts[batch].sum().clamp(min=1e-12)).backward()
        adam.step()


#: Seed and threads are the process's own: of windows fitted side by side, one has them at a time.
_SEEDED = threading.Lock()


@contextmanager
def _repeatable(torch: Any, seed: int, threads: int) -> Iterator[None]:
    """Seeded, on so many threads; generator and threads are put back afterwards."""
    with _SEEDED, torch.random.fork_rng(devices=[]):
        before = torch.get_num_threads()
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def pytorch() -> Any:
    """PyTorch, if it is there.

    Raises
    ------
    TrainingError
        Saying how to install it.
    """
    try:
        import torch
    except ImportError as error:
        raise TrainingError(
            "The learner lstm needs PyTorch, which is not installed: pip install "
            "'freqai-regimes[torch]', or choose another learner."
        ) from error
    return torch
