"""The judge of every backward pass: its gradients beside differences of the forward pass."""

from collections.abc import Callable, Mapping

import numpy as np


def central_differences(f: Callable[[], float], array: np.ndarray, step: float = 2e-4) -> np.ndarray:
    """Return df/darray from four values of f around each entry; `array` is changed in place and put back.

    f'(x) = (8 [f(x + h) - f(x - h)] - [f(x + 2h) - f(x - 2h)]) / 12h, whose error is of order h^4: at h = 2e-4 that is
    below float64's rounding, where the two-point quotient would leave 1e-8.
    """
    assert array.dtype == np.float64, f"central differences need float64, not {array.dtype}"
    gradient = np.empty(array.shape)
    for i in np.ndindex(array.shape):
        x = array[i]
        values = []
        for shift in (step, -step, 2 * step, -2 * step):
            array[i] = x + shift
            values.append(f())
        array[i] = x
        gradient[i] = (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step)
    return gradient


def relative_errors(
    f: Callable[[], float], arrays: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray], step: float = 2e-4
) -> dict[str, float]:
    """Return, by name, max |gradient - differences| / max |differences| for each of the arrays f reads.

    Args:
        f: takes nothing, reads `arrays`, returns a number.
        arrays: what to differentiate by: every parameter, input and initial state.
        gradients: what the backward pass says, under the same names.
        step: h; smaller (1e-6) near a kink, such as ReLU's.
    """
    assert set(arrays) == set(gradients), f"gradients of {sorted(gradients)}, but arrays {sorted(arrays)}"
    errors = {}
    for name, array in arrays.items():
        numeric, gradient = central_differences(f, array, step), gradients[name]
        assert gradient.shape == array.shape, f"gradient of {name} is {gradient.shape}, {name} is {array.shape}"
        difference, size = np.abs(gradient - numeric).max(), np.abs(numeric).max()
        # An exact zero (an input that no loss can reach) must be an exact zero of the backward pass as well.
        errors[name] = float(difference / size) if size else float(difference)
    return errors
