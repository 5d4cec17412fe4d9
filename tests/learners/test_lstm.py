"""The LSTM: PyTorch's own numbers without PyTorch, windows of the past alone, purged stopping."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from typing import Any

import numpy as np
import pytest

from freqai_regimes.errors import TrainingError
from freqai_regimes.labels.labelled import Kind
from freqai_regimes.learners import lstm as module
from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.learner import FittedLearner
from freqai_regimes.learners.lstm import Options
from freqai_regimes.learners.recurrent import LstmLayer, LstmNetwork
from freqai_regimes.learners.sample import Floats, RowOrder, Sample
from freqai_regimes.learners.scaling import Scaling
from freqai_regimes.learners.stacking import fit_stacker
from freqai_regimes.learners.windows import WindowSample
from tests.learners.rows import KINDS

with_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="needs PyTorch: pip install 'freqai-regimes[torch]'",
)
WINDOW = 6


def options(**changed: Any) -> Options:
    small = {
        "learner": "lstm",
        "window_candles": WINDOW,
        "units": 8,
        "learn_every": 1,
        "learning_rate": 0.02,
        "batch_windows": 64,
        "epochs": 8,
    }
    return Options.model_validate({**small, **changed})


def sample(kind: Kind, rows: int = 400, seed: int = 0) -> Sample:
    """The label is the mean of the first feature over the last four candles of the pair's own."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(2, rows, 2)) * [1.0, 30.0]
    signal = np.stack([np.convolve(pair[:, 0], np.ones(4) / 2)[:rows] for pair in features])
    target = (signal + 0.3 * rng.normal(size=signal.shape)).T.ravel()
    if kind == "binary":
        target = (target > 0).astype(float)
    elif kind == "three_class":
        target = (target > 0.5).astype(float) - (target < -0.5)
    date = np.datetime64("2024-01-01", "us") + np.arange(rows) * np.timedelta64(5, "m")
    order = RowOrder(
        np.repeat(date, 2), np.tile(np.array(["A/B", "C/B"]), rows), np.timedelta64(5, "m")
    )
    return Sample(features.transpose(1, 0, 2).reshape(2 * rows, 2), target, None, order)


def asked(model: FittedLearner, of: Sample) -> Floats:
    return model.predict(of.rows, of.order)


def network(columns: int, units: int, layers: int, outputs: int) -> LstmNetwork:
    """Weights drawn as PyTorch draws them."""
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> Floats:
        return rng.uniform(-1, 1, shape) / np.sqrt(units)

    made = [
        LstmLayer(
            drawn(columns if i == 0 else units, 4 * units),
            drawn(units, 4 * units),
            drawn(4 * units),
        )
        for i in range(layers)
    ]
    target = Scaling(np.array(0.1), np.array(2.0), np.inf) if outputs == 1 else None
    plain = Scaling(np.zeros(columns), np.ones(columns), 5.0)
    return LstmNetwork(plain, tuple(made), drawn(units, outputs), drawn(outputs), target)


# --- prediction, without PyTorch -----------------------------------------------------------------


@pytest.mark.parametrize(("kind", "outputs"), [("regression", 1), ("three_class", 3)])
def test_a_window_alone_has_the_bits_of_one_among_many(kind: Kind, outputs: int) -> None:
    rows = sample(kind, 200)
    model = FittedLearner(
        network(2, 8, 2, outputs), kind, (-1.0, 0.0, 1.0) if outputs == 3 else (), 2, WINDOW
    )
    whole = asked(model, rows)
    last = asked(model, rows.part(np.arange(400 - 2 * WINDOW, 400)))
    assert last[-2:].tobytes() == whole[-2:].tobytes() and np.isfinite(whole[-2:]).all()
    one_pair = rows.part(np.arange(100, 400, 2))
    assert asked(model, one_pair)[WINDOW:].tobytes() == whole[100::2][WINDOW:].tobytes()
    again: FittedLearner = pickle.loads(pickle.dumps(model))
    assert asked(again, rows).tobytes() == whole.tobytes()


def test_rows_without_a_whole_window_get_no_prediction() -> None:
    rows = sample("regression", 50)
    model = FittedLearner(network(2, 4, 1, 1), "regression", (), 2, WINDOW)
    answer = asked(model, rows)
    assert np.isnan(answer[: 2 * (WINDOW - 1)]).all()
    assert np.isfinite(answer[2 * (WINDOW - 1) :]).all()
    rows.rows[40, 1] = np.nan  # the first pair's candle 20, so its candles 20 to 25 have none
    holes = asked(model, rows)
    lost = np.flatnonzero(np.isnan(holes) & np.isfinite(answer))
    assert lost.tolist() == [40, 42, 44, 46, 48, 50]
    kept = np.isfinite(holes)
    assert holes[kept].tobytes() == answer[kept].tobytes()
    with pytest.raises(TrainingError, match="date and the pair"):
        model.predict(rows.rows)


def test_later_candles_and_other_pairs_change_nothing() -> None:
    rows = sample("regression", 60)
    model = FittedLearner(network(2, 4, 2, 1), "regression", (), 2, WINDOW)
    whole = asked(model, rows)
    changed = rows.rows.copy()
    changed[80:] = 7.0
    changed[1::2] = -3.0
    assert rows.order is not None
    got = model.predict(changed, rows.order)
    assert got[:80:2].tobytes() == whole[:80:2].tobytes()
    assert (got[82::2] != whole[82::2]).all()


def test_a_stacker_waits_for_the_window() -> None:
    rows = sample("regression", 60)
    model = FittedLearner(network(2, 4, 1, 1), "regression", (), 2, WINDOW)
    assert fit_stacker(asked(model, rows)[np.newaxis], rows.target, "regression").rows == 110


def test_without_pytorch_the_fit_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    with pytest.raises(TrainingError, match=r"pip install 'freqai-regimes\[torch\]'"):
        fit(options(), sample("regression", 30), "regression")


def test_too_little_history_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(TrainingError, match="None of 60 rows has a known label and 99 candles"):
        fit(options(window_candles=100), sample("regression", 30), "regression")


# --- with PyTorch --------------------------------------------------------------------------------


@with_torch
@pytest.mark.parametrize("layers", [1, 3])
def test_the_forward_pass_is_pytorchs(layers: int) -> None:
    import torch

    ours = network(2, 8, layers, 3)
    theirs = torch.nn.LSTM(2, 8, layers, batch_first=True).double()
    for i, layer in enumerate(ours.layers):
        for name, value in (
            ("weight_ih", layer.of_input.T),
            ("weight_hh", layer.of_output.T),
            ("bias_ih", layer.bias),
            ("bias_hh", np.zeros(32)),
        ):
            getattr(theirs, f"{name}_l{i}").data = torch.tensor(value.copy())
    rows = np.clip(np.random.default_rng(1).normal(size=(40, 2)), -5, 5)
    order = RowOrder(
        np.datetime64("2024-01-01", "s") + np.arange(40) * np.timedelta64(60, "s"),
        np.zeros(40),
        np.timedelta64(60, "s"),
    )
    got = FittedLearner(ours, "three_class", (-1.0, 0.0, 1.0), 2, 10).predict(rows, order)[9:]
    windows = torch.tensor(np.lib.stride_tricks.sliding_window_view(rows, 10, 0).swapaxes(1, 2))
    last = theirs(windows.clone())[0][:, -1].detach().numpy()
    scores = last @ ours.head + ours.head_bias
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(got, expected, atol=1e-12)


@with_torch
@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_what_lies_in_the_window_and_does_so_again(kind: Kind) -> None:
    import torch

    rows, later = sample(kind), sample(kind, seed=1)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    model = fit(options(), rows, kind)
    answer = asked(model, later)
    assert asked(fit(options(), rows, kind), later).tobytes() == answer.tobytes()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    rising = answer[:, 2] - answer[:, 0] if kind == "three_class" else answer
    known = np.isfinite(rising)
    assert np.corrcoef(rising[known], later.target[known])[0, 1] > 0.6
    importance = model.importance()
    assert importance.shape == (2,) and importance[0] > importance[1]
    other = asked(fit(options(random_state=5), rows, kind), later)
    assert (other[known] != answer[known]).any()


@with_torch
def test_it_keeps_the_epoch_that_was_best_on_the_stopping_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses: list[float] = []

    def watched(*parts: Any) -> float:
        losses.append(original(*parts))
        return losses[-1]

    original = module.loss
    monkeypatch.setattr(module, "loss", watched)
    against = sample("regression", seed=1)
    against = Sample(against.rows, -50 * against.target, None, against.order)
    got = fit(options(), sample("regression"), "regression", stopping=against)
    assert len(losses) == 1 + 3  # the first epoch was best, then the patience
    first = fit(options(epochs=1), sample("regression"), "regression")
    assert asked(got, against).tobytes() == asked(first, against).tobytes()


@with_torch
def test_only_each_so_many_th_window_is_learnt_the_last_one_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[WindowSample] = []
    original = module._one_epoch

    def watched(training: Any, adam: Any, chosen: Any, learnt: WindowSample) -> None:
        seen.append(learnt)
        original(training, adam, chosen, learnt)

    monkeypatch.setattr(module, "_one_epoch", watched)
    fit(options(learn_every=4, epochs=1), sample("regression", 50), "regression")
    assert len(seen[0]) == 23  # of 2 * 45 windows
    assert np.diff(seen[0].windows.ends).tolist().count(4) >= 21
    assert seen[0].windows.ends[-1] == 99


@with_torch
def test_weights_and_unknown_targets_count() -> None:
    rows, later = sample("regression"), sample("regression", seed=1)
    target, weight = rows.target.copy(), np.ones(800)
    target[:300], weight[:300] = -5 * target[:300], 0.0
    light = asked(
        fit(options(), Sample(rows.rows, target, weight, rows.order), "regression"), later
    )
    target[:300] = np.nan
    history = Sample(rows.rows, target, None, rows.order)
    unknown = asked(fit(options(), history, "regression"), later)
    known = np.isfinite(light)
    for answer in (light, unknown):
        assert np.corrcoef(answer[known], later.target[known])[0, 1] > 0.6
