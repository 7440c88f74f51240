"""Train the small recurrent net of lab 02 and write its weights: python -m unrolled.data.seattle_rnn.train

The net reads the last 30 daily maxima, standardised with the training years' mean and deviation, and forecasts the mean
of the coming 7. Three seeds are trained; the one with the least validation error is kept. The test year is not looked
at here.
"""

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# The backend must be chosen before Keras is imported.
from unrolled.data import load  # noqa: E402
from unrolled.data.making import rederive  # noqa: E402
from unrolled.data.making.write import npz  # noqa: E402

LENGTH, HORIZON, HIDDEN, SEEDS = 30, 7, 8, (1, 2, 3)


def main() -> None:
    """Train, print the validation errors beside persistence, write `weights.npz` beside this file."""
    days = load("seattle_weather")
    mean, deviation = days.temp_max[days.train].mean(), days.temp_max[days.train].std()
    series = (days.temp_max - mean) / deviation
    windows = np.lib.stride_tricks.sliding_window_view(series, LENGTH + HORIZON).astype("float32")
    X, y = windows[:, :LENGTH, None], windows[:, LENGTH:].mean(axis=1)
    # Every target day of a training window lies in the training years; likewise for validation.
    train = slice(0, days.validation.start - LENGTH - HORIZON + 1)
    validation = slice(days.validation.start - LENGTH, days.validation.stop - LENGTH - HORIZON + 1)

    persistence = np.abs(X[validation, -1, 0] - y[validation]).mean() * deviation
    print(f"persistence: validation error {persistence:.3f} °C")
    trained = [_train(seed, X[train], y[train], X[validation], y[validation]) for seed in SEEDS]
    for seed, (error, _) in zip(SEEDS, trained, strict=True):
        print(f"seed {seed}: validation error {error * deviation:.3f} °C")
    _, weights = min(trained, key=lambda result: result[0])
    arrays = dict(zip("WUbVc", weights, strict=True)) | {"mean": mean, "deviation": deviation}
    rounded = {name: np.asarray(value, float).round(5) for name, value in arrays.items()}
    rederive.write("seattle_rnn", {"weights.npz": npz(rounded)})


def _train(seed: int, X: np.ndarray, y: np.ndarray, X_val: np.ndarray, y_val: np.ndarray) -> tuple[float, list]:
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((LENGTH, 1)), keras.layers.SimpleRNN(HIDDEN), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mae")
    keep = keras.callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True)
    model.fit(X, y, validation_data=(X_val, y_val), epochs=80, batch_size=64, verbose=0, callbacks=[keep])
    return float(np.abs(model.predict(X_val, verbose=0)[:, 0] - y_val).mean()), model.get_weights()


if __name__ == "__main__":
    main()
