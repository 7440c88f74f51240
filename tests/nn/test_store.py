"""Saving and loading: what went in comes out, and nothing else ever does."""

import zipfile

import numpy as np
import pytest

from unrolled.nn.store import StoreError, load, save
from unrolled.nn.tree import leaves

PARAMS = {
    "cell": {"W": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(3)},
    "head": {"V": np.ones((3, 1)), "file": np.array([1, 2]), "mask": np.array([True])},
    "scale": np.array(2.0),
}


def test_round_trip(tmp_path):
    path = tmp_path / "model.npz"
    save(path, PARAMS)
    back = load(path)
    assert list(back) == list(PARAMS)
    assert list(back["head"]) == list(PARAMS["head"])
    for a, b in ((PARAMS["cell"], back["cell"]), (PARAMS["head"], back["head"]), (PARAMS, back)):
        for name, array in a.items():
            if not isinstance(array, dict):
                assert b[name].dtype == array.dtype
                np.testing.assert_array_equal(b[name], array, strict=True)
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]
    back["cell"]["W"] += 1  # what is loaded can be trained on


def test_numpy_reads_it(tmp_path):
    save(tmp_path / "m.npz", PARAMS)
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["cell/W", "cell/b", "head/V", "head/file", "head/mask", "scale"]
        np.testing.assert_array_equal(file["cell/W"], PARAMS["cell"]["W"])


def test_what_numpy_writes_is_read(tmp_path):
    np.savez_compressed(tmp_path / "m.npz", **{"cell/W": np.eye(3), "c": np.ones(2)})
    back = load(tmp_path / "m.npz")
    np.testing.assert_array_equal(back["cell"]["W"], np.eye(3))


def test_same_parameters_same_bytes(tmp_path):
    save(tmp_path / "a.npz", PARAMS)
    save(tmp_path / "b", PARAMS)  # a name without a suffix stays as it is
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b").read_bytes()


def test_layouts_survive(tmp_path):
    W = np.arange(12.0).reshape(3, 4)
    save(tmp_path / "m", {"fortran": np.asfortranarray(W), "view": W[::2, ::-1], "empty": np.zeros((0, 3))})
    back = load(tmp_path / "m")
    np.testing.assert_array_equal(back["fortran"], W)
    np.testing.assert_array_equal(back["view"], W[::2, ::-1])
    assert back["empty"].shape == (0, 3)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(50)])
def test_no_npz_at_all(tmp_path, content):
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(StoreError, match=r"m\.npz cannot be read as saved parameters"):
        load(tmp_path / "m.npz")


def test_empty_archive(tmp_path):
    zipfile.ZipFile(tmp_path / "m.npz", "w").close()
    with pytest.raises(StoreError, match="holds no arrays"):
        load(tmp_path / "m.npz")


def test_cut_short(tmp_path):
    save(tmp_path / "m.npz", PARAMS)
    whole = (tmp_path / "m.npz").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "m.npz").write_bytes(whole[:length])
        with pytest.raises(StoreError):
            load(tmp_path / "m.npz")


def test_one_wrong_byte_never_gives_wrong_numbers(tmp_path):
    path = tmp_path / "m.npz"
    save(path, {"cell": {"W": np.arange(6.0)}, "head": {"V": np.ones(3)}})
    content, refused = bytearray(path.read_bytes()), 0
    for position in range(len(content)):
        for flip in (0x01, 0x80, 0xFF):
            content[position] ^= flip
            path.write_bytes(content)
            content[position] ^= flip
            try:
                back = load(path)
            except StoreError:
                refused += 1
                continue
            # A byte that carries nothing, such as a date: the numbers themselves are guarded by a checksum.
            assert sorted(a.sum() for _, a in leaves(back)) == [3, 15], (position, flip)
    assert refused > len(content)


def test_names_that_collide_are_damage(tmp_path):
    for names in (("cell", "cell/W"), ("cell/W", "cell")):
        np.savez(tmp_path / "m.npz", **{name: np.ones(2) for name in names})
        with pytest.raises(StoreError, match="cannot be read"):
            load(tmp_path / "m.npz")


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "m.npz", W=np.array([{"a": 1}], dtype=object))
    with pytest.raises(StoreError, match="cannot be read"):
        load(tmp_path / "m.npz")
    for wrong in (np.array([None]), [1.0, 2.0], np.array(["a"])):
        with pytest.raises(TypeError, match=r"params\['cell/W'\] is .*; expected a NumPy array of numbers"):
            save(tmp_path / "n.npz", {"cell": {"W": wrong}})
    assert not (tmp_path / "n.npz").exists()


def test_names_that_would_not_come_back_are_refused(tmp_path):
    for name in ("a/b", ""):
        with pytest.raises(ValueError, match="expected one without a slash"):
            save(tmp_path / "m.npz", {name: np.ones(1)})
    with pytest.raises(TypeError, match="expected a string"):
        save(tmp_path / "m.npz", {1: np.ones(1)})
    with pytest.raises(ValueError, match="nothing to save"):
        save(tmp_path / "m.npz", {"cell": {}})


def test_a_failed_save_leaves_the_file_before(tmp_path, monkeypatch):
    save(tmp_path / "m.npz", {"W": np.ones(2)})

    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path / "m.npz", {"W": np.zeros(2)})
    monkeypatch.undo()
    assert load(tmp_path / "m.npz")["W"].sum() == 2
    assert [p.name for p in tmp_path.iterdir()] == ["m.npz"]
