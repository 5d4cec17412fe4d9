"""The forward pass of an LSTM on plain arrays: predicts without PyTorch, each window by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from freqai_regimes.learners.dense import dense, softmax
from freqai_regimes.learners.sample import Floats
from freqai_regimes.learners.scaling import Scaling
from freqai_regimes.learners.windows import Windows

_WINDOWS_AT_ONCE = 256


@dataclass(frozen=True)
class LstmLayer:
    """Weights of one layer: of the input, of the layer's own last output, and of nothing.

    Shapes (inputs, 4 * units), (units, 4 * units) and (4 * units,); the four gates lie in
    PyTorch's order: input, forget, cell, output.
    """

    of_input: Floats
    of_output: Floats
    bias: Floats


@dataclass(frozen=True)
class LstmNetwork:
    """A fitted network (Hochreiter & Schmidhuber 1997).

    The head is a dense layer on the last output of the last layer; ``target`` is None where classes
    are learnt.
    """

    scaling: Scaling
    layers: tuple[LstmLayer, ...]
    head: Floats
    head_bias: Floats
    target: Scaling | None

    def predict(self, windows: Windows) -> Floats:
        """Values, shape (windows,), or probabilities, shape (windows, classes)."""
        rows = self.scaling.apply(np.nan_to_num(windows.rows, posinf=0, neginf=0))
        projected = dense(rows, self.layers[0].of_input, self.layers[0].bias)
        scores = [np.empty((0, self.head.shape[1]))]
        for begin in range(0, len(windows), _WINDOWS_AT_ONCE):
            block = windows.part(np.arange(begin, min(begin + _WINDOWS_AT_ONCE, len(windows))))
            flow = _outputs(projected[block.places()], self.layers[0])
            for layer in self.layers[1:]:
                steps = [
                    dense(flow[:, t], layer.of_input, layer.bias) for t in range(flow.shape[1])
                ]
                flow = _outputs(np.stack(steps, axis=1), layer)
            scores.append(dense(flow[:, -1], self.head, self.head_bias))
        answer = np.concatenate(scores)
        return softmax(answer) if self.target is None else self.target.undo(answer[:, 0])

    def importance(self) -> Floats:
        """Mean absolute weight of each feature in the gates of the first layer."""
        return np.asarray(np.abs(self.layers[0].of_input).mean(axis=1))


def _outputs(projected: Floats, layer: LstmLayer) -> Floats:
    """Outputs of every step, shape (windows, length, units), from the projected inputs."""
    count, length, _ = projected.shape
    units = len(layer.of_output)
    output, cell = np.zeros((count, units)), np.zeros((count, units))
    none = np.zeros(4 * units)
    outputs = np.empty((count, length, units))
    for t in range(length):
        gates = projected[:, t] + dense(output, layer.of_output, none)
        let_in, keep, new, let_out = np.split(gates, 4, axis=1)
        cell = _sigmoid(keep) * cell + _sigmoid(let_in) * np.tanh(new)
        output = _sigmoid(let_out) * np.tanh(cell)
        outputs[:, t] = output
    return outputs


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -700, 700))))
