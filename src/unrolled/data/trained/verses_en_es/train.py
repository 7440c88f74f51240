"""Train the translator of the lesson on translation: plain Keras 3 on any backend, one net a call.

    python -m unrolled.data.trained.verses_en_es.train OUT --split own --seed 0

writes into the folder OUT the weights, the two sub-word models, the translations of the held-out verses and a log.
`README.md` beside this file says which calls made what is vendored here, where and in how many seconds.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from unrolled.data import load
from unrolled.data.text import END, PADDING, START, UNKNOWN, Subwords, pad

V, E, H = 2000, 160, 256  # pieces of each language, width of an embedding, width of a state
EPOCHS, BATCH, RATE = 25, 128, 2e-3
LONGEST, SHORT = 80, 28  # pieces: a longer training verse is left out; the first two epochs take only short ones
HELD_OUT = 1500  # verses, in the study of splits


def build(dropout: float = 0.0) -> tuple:
    """Return three models that share their weights: one to train, the encoder, and one step of the decoder.

    The encoder is one LSTM in each direction, of H / 2 each. The decoder is two LSTMs: the first reads the translation so
    far, its state asks the source (dot-product attention), the second reads that state and the answer, and asks once more.
    """
    import keras
    from keras import layers

    drop = layers.Dropout(dropout)
    wide = keras.initializers.RandomNormal(stddev=E**-0.5)
    embed = layers.Embedding(V, E, wide, name="source")
    lift = layers.Dense(H, name="lift")
    read = layers.Bidirectional(layers.LSTM(H // 2, return_sequences=True, return_state=True), name="read")
    # The same matrix reads pieces and scores them.
    words = layers.ReversibleEmbedding(V, E, embeddings_initializer=wide, name="target")
    first = layers.LSTM(H, return_sequences=True, return_state=True, name="first")
    look = layers.Attention(name="look")
    second = layers.LSTM(H, return_sequences=True, return_state=True, name="second")
    narrow = layers.Dense(E, activation="tanh", name="narrow")
    join = layers.Concatenate()

    def encode(source):  # noqa: ANN001, ANN202
        x = drop(embed(source))
        K, *states = read(x)
        K = layers.Add()([K, lift(x)])
        h, c = join([states[0], states[2]]), join([states[1], states[3]])
        return drop(K), h, c

    def decode(target, K, first_state, second_state=None, mask=None):  # noqa: ANN001, ANN202
        query, *first_state = first(drop(words(target)), initial_state=first_state)
        context, _ = look([query, K], mask=[None, mask], return_attention_scores=True)
        hs, *second_state = second(drop(join([query, context])), initial_state=second_state)
        context, weights = look([hs, K], mask=[None, mask], return_attention_scores=True)
        logits = words(drop(narrow(drop(join([hs, context])))), reverse=True)
        return logits, weights, first_state, second_state

    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    K, h, c = encode(source)
    whole = keras.Model([source, target], decode(target, K, [h, c])[0])
    encoder = keras.Model(source, [K, h, c])
    given = keras.Input((None, H)), keras.Input((None,), dtype="bool"), *(keras.Input((H,)) for _ in range(4))
    K, mask, h1, c1, h2, c2 = given
    logits, weights, one, two = decode(target, K, [h1, c1], [h2, c2], mask)
    step = keras.Model([target, *given], [logits[:, -1], weights[:, -1], *one, *two])
    return whole, encoder, step


def loss(labels, logits):  # noqa: ANN001, ANN201
    """Return the cross-entropy of each piece, with a tenth of the target's weight spread over all pieces; no padding."""
    from keras import ops

    log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
    right = ops.take_along_axis(log_p, ops.expand_dims(labels, -1), axis=-1)[..., 0]
    real = ops.cast(labels != 0, log_p.dtype)
    return ops.sum(-(0.9 * right + 0.1 * ops.mean(log_p, axis=-1)) * real) / ops.sum(real)


def same_length(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return batches of rows whose sources have the same length, in a new order each time: no source is padded."""
    rows = rng.permutation(len(lengths))
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    groups = np.split(rows, np.flatnonzero(np.diff(lengths[rows])) + 1)
    batches = [group[i : i + size] for group in groups for i in range(0, len(group), size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def train(sources: list, targets: list, seed: int, dropout: float, blank: float, epochs: int, log: dict) -> tuple:
    """Return the three models, trained on pairs of lists of ids; `blank` of the pieces read are made unknown."""
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    models = build(dropout)
    keep = [i for i in range(len(sources)) if max(len(sources[i]), len(targets[i])) <= LONGEST]
    lengths = np.array([len(sources[i]) for i in keep])
    steps = len(same_length(lengths, BATCH, rng)) * epochs
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, 0.0, warmup_target=RATE, warmup_steps=300)
    models[0].compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), loss=loss, jit_compile=False)

    def batches() -> Iterator:
        for rows in same_length(lengths, BATCH, rng):
            if len(log["loss"]) < 2 and lengths[rows[0]] > SHORT:  # two epochs of short verses: they align sooner
                continue
            x = np.array([sources[keep[i]] for i in rows], np.int32)
            y = pad([[START, *targets[keep[i]], END] for i in rows])[0]
            said = y[:, :-1].copy()
            for ids in (x, said):
                ids[(rng.random(ids.shape) < blank) & (ids > END)] = UNKNOWN
            yield (x, said), y[:, 1:]

    start, log["loss"] = time.perf_counter(), []
    for epoch in range(epochs):
        found = [float(models[0].train_on_batch(*batch)) for batch in batches()]
        log["loss"].append(round(float(np.mean(found[-50:])), 4))
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1}: loss {log['loss'][-1]}, {time.perf_counter() - start:.0f} s", flush=True)
    log["seconds"] = round(time.perf_counter() - start, 1)
    log["parameters"] = models[0].count_params()
    return models


def encode(encoder, sources: list) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # noqa: ANN001
    """Return K (B, S, H), mask (B, S), h and c (B, H); lengths are encoded one by one, so that no padding is read."""
    from keras import ops

    ids, mask = pad(sources)
    K = np.zeros((*ids.shape, H), np.float32)
    h, c = np.zeros((2, len(ids), H), np.float32)
    lengths = mask.sum(axis=1)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        K[rows, :length], h[rows], c[rows] = map(ops.convert_to_numpy, encoder(ids[rows, :length]))
    return K, mask, h, c


def beam(models: tuple, sources: list, k: int, alpha: float, rows: int = 1024) -> list[list[int]]:
    """Return the ids of the best translation of each source: k hypotheses, score divided by length ** alpha."""
    order = np.argsort([len(source) for source in sources], kind="stable")
    found = {}
    for i in range(0, len(order), rows // k):
        part = order[i : i + rows // k]
        found |= dict(zip(part, _beam(models, [sources[j] for j in part], k, alpha), strict=True))
    return [found[i] for i in range(len(sources))]


def _beam(models: tuple, sources: list, k: int, alpha: float) -> list[list[int]]:
    from keras import ops

    _, encoder, step = models
    K, mask, h, c = (np.repeat(array, k, axis=0) for array in encode(encoder, sources))
    B = len(sources)
    states = [h, c, np.zeros_like(h), np.zeros_like(c)]
    K, mask = ops.convert_to_tensor(K), ops.convert_to_tensor(mask)
    said = np.full((B, k, 1), START, np.int32)
    score = np.tile(np.where(np.arange(k), -np.inf, 0.0), (B, 1))  # all hypotheses are the same at the start
    done, length = np.zeros((B, k), bool), np.zeros((B, k))
    never = np.where(np.isin(np.arange(V), [PADDING, UNKNOWN, START]), -1e9, 0.0).astype(np.float32)
    never = ops.convert_to_tensor(never)
    for _ in range(int(1.5 * mask.shape[1]) + 10):
        last = [said[:, :, -1].reshape(-1, 1), *states]
        last, *states = (ops.convert_to_tensor(array) for array in last)
        out = step([last, K, mask, *states])
        log_p, ids = (ops.convert_to_numpy(o).reshape(B, k, k) for o in ops.top_k(ops.log_softmax(out[0]) + never, k))
        log_p, ids = log_p.astype(float), ids.copy()
        log_p[done], ids[done] = np.where(np.arange(k), -np.inf, 0.0), END  # what has ended stays as it is
        total = (score[:, :, None] + log_p).reshape(B, -1)
        best = np.argsort(-total, axis=1, kind="stable")[:, :k]
        score = np.take_along_axis(total, best, axis=1)
        parent, piece = best // k, np.take_along_axis(ids.reshape(B, -1), best, axis=1)
        said = np.concatenate([np.take_along_axis(said, parent[:, :, None], axis=1), piece[:, :, None]], axis=2)
        done = np.take_along_axis(done, parent, axis=1)
        length = np.take_along_axis(length, parent, axis=1) + ~done
        done |= piece == END
        if done.all():
            break
        flat = (np.arange(B)[:, None] * k + parent).ravel()
        states = [ops.convert_to_numpy(state)[flat] for state in out[2:]]
    chosen = (score / np.maximum(length, 1) ** alpha).argmax(axis=1)
    return [list(map(int, ids[1:])) for ids in said[np.arange(B), chosen]]


def parts(split: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and those held out. The set's own parts, or, to study splits, new ones inside train."""
    data = load("verses")
    if split == "own":
        return np.arange(data.train.stop), np.arange(data.test.start, data.test.stop)
    rows = np.arange(data.train.stop)
    chapters = np.unique([f"{data.book[i]} {data.chapter[i]}" for i in rows], return_inverse=True)[1]
    unit = chapters if split == "chapters" else rows
    rng = np.random.default_rng(1000 + seed)
    held, out = np.zeros(len(rows), bool), rng.permutation(unit.max() + 1)
    for one in out:
        if held.sum() >= HELD_OUT:
            break
        held |= unit == one
    return rows[~held], rows[held]


def main() -> None:
    """Read the command line, train one net, translate, write."""
    import keras
    from sacrebleu.metrics import BLEU, CHRF

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", choices=["own", "random", "chapters"], default="own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--blank", type=float, default=0.05)
    given = parser.parse_args()
    begun = time.perf_counter()
    given.out.mkdir(parents=True, exist_ok=True)
    data = load("verses")
    rows, held = parts(given.split, given.seed)
    english = Subwords.train([data.english[i] for i in rows], V)
    spanish = Subwords.train([data.spanish[i] for i in rows], V)
    log = {key: str(value) for key, value in vars(given).items() if key != "out"}
    log |= {"keras": keras.__version__, "backend": keras.backend.backend(), "pairs": len(rows), "held_out": len(held)}
    sources = [english.encode(data.english[i]) for i in rows]
    targets = [spanish.encode(data.spanish[i]) for i in rows]
    models = train(sources, targets, given.seed, given.dropout, given.blank, given.epochs, log)
    models[0].set_weights([w.astype(np.float16).astype(np.float32) for w in models[0].get_weights()])

    def translate(rows: np.ndarray, k: int, alpha: float) -> list[str]:
        ids = beam(models, [english.encode(data.english[i]) for i in rows], k, alpha)
        said, truth = [spanish.decode(one) for one in ids], [[data.spanish[i] for i in rows]]
        scores = [metric.corpus_score(said, truth).score for metric in (BLEU(), CHRF())]
        log[f"{len(rows)} verses, k={k}, alpha={alpha}"] = [round(score, 2) for score in scores]
        return said

    searches = [(1, 0.0)]
    if given.split == "own":
        tried, some = [(4, 0.0), (4, 0.6), (4, 1.0)], np.arange(data.validation.start, data.validation.stop)[::8]
        score = {}
        for one in [(1, 0.0), *tried]:
            translate(some, *one)
            score[one] = log[f"{len(some)} verses, k={one[0]}, alpha={one[1]}"][0]
        searches.append(max(tried, key=score.get))
    translations = {f"k{k}a{alpha:g}": translate(held, k, alpha) for k, alpha in searches}
    log["all seconds"] = round(time.perf_counter() - begun, 1)
    print(json.dumps(log))
    (given.out / "log.json").write_text(json.dumps(log, indent=1))
    (given.out / "translations.json").write_text(
        json.dumps({"rows": held.tolist(), **translations}, ensure_ascii=False)
    )
    (given.out / "english.model").write_bytes(english.model)
    (given.out / "spanish.model").write_bytes(spanish.model)
    weights = {f"{i:02d}": np.asarray(w, np.float16) for i, w in enumerate(models[0].get_weights())}
    np.savez(given.out / "weights.npz", **weights)


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    main()
