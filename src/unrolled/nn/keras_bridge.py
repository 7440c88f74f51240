"""Parameters to and from Keras' layers: the engine keeps Keras' gate order and layout, so nothing is computed here.

Keras is not imported: a layer is known by its class's name.
"""

from typing import Any

NAMES = {
    "SimpleRNN": ("W", "U", "b"),
    "LSTM": ("W", "U", "b"),
    "GRU": ("W", "U", "b"),
    "Dense": ("V", "c"),
    "Embedding": ("E",),
}


def to_keras(layer: Any, params: dict) -> None:
    """Set a built layer's weights.

    Args:
        layer: SimpleRNN, LSTM, GRU, Dense, Embedding, or Bidirectional around a cell.
        params: the engine's: {"W", "U", "b"}, {"V", "c"}, {"E"}, or {"forward": ..., "backward": ...}.

    Raises:
        TypeError: another kind of layer.
        ValueError: the layer is not built yet, has no bias, or its shapes differ.
    """
    if type(layer).__name__ == "Bidirectional":
        to_keras(layer.forward_layer, params["forward"])
        to_keras(layer.backward_layer, params["backward"])
        return
    layer.set_weights([params[name] for name in _names(layer)])


def from_keras(layer: Any) -> dict:
    """Return a built layer's weights as the engine's parameters, as copies.

    Raises:
        TypeError, ValueError: as for `to_keras`.
    """
    if type(layer).__name__ == "Bidirectional":
        return {"forward": from_keras(layer.forward_layer), "backward": from_keras(layer.backward_layer)}
    return {name: weight.copy() for name, weight in zip(_names(layer), layer.get_weights(), strict=True)}


def _names(layer: Any) -> tuple[str, ...]:
    kind = type(layer).__name__
    if kind not in NAMES:
        raise TypeError(f"layer is a {kind}; expected one of {', '.join(NAMES)} or Bidirectional.")
    if len(layer.weights) != len(NAMES[kind]):
        raise ValueError(
            f"layer {layer.name} has {len(layer.weights)} weights; expected {len(NAMES[kind])}. Build it first, by "
            "layer.build(shape of its input), and keep its bias."
        )
    return NAMES[kind]
