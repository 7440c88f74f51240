"""Initial weights."""

import numpy as np


def glorot(rng: np.random.Generator, n_in: int, n_out: int, dtype: type = np.float32) -> np.ndarray:
    """Uniform (n_in, n_out) with variance 2 / (n_in + n_out) (Glorot and Bengio 2010)."""
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_in, n_out)).astype(dtype)


def orthogonal(rng: np.random.Generator, n: int, columns: int | None = None, dtype: type = np.float32) -> np.ndarray:
    """(n, columns) with orthonormal rows or columns: no vector grows or shrinks under it (Saxe et al. 2014)."""
    columns = columns or n
    Q, R = np.linalg.qr(rng.normal(size=(max(n, columns), min(n, columns))))
    Q = Q * np.sign(np.diag(R))  # without the signs the draw would not be uniform over orthogonal matrices
    return (Q if n >= columns else Q.T).astype(dtype)


def identity(n: int, scale: float = 1.0, dtype: type = np.float32) -> np.ndarray:
    """The scaled identity (n, n): a ReLU net that starts by keeping its state (Le, Jaitly and Hinton 2015)."""
    return (scale * np.eye(n)).astype(dtype)
