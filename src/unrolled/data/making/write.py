"""Write extracts so that the same content gives the same bytes on every machine and day."""

import io
import lzma
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from unrolled.data.store import DataError


def npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return an npz file, LZMA-compressed, without pickles and without the time `np.savez` stamps on each member.

    Raises:
        DataError: an array holds Python objects.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            if np.asarray(array).dtype.hasobject:
                raise DataError(f"Array {name!r} holds Python objects, which npz stores as a pickle. Give it a dtype.")
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array, order="C"), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_LZMA
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


def xz(text: str) -> bytes:
    """Return UTF-8 text, compressed with xz."""
    return lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME)


def tsv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as text: tabs between columns, one line a row, the header first.

    Raises:
        DataError: a value holds a tab or a line break.
    """
    lines = []
    for row in [header, *rows]:
        cells = [str(cell) for cell in row]
        if len(cells) != len(header) or any(c in cell for cell in cells for c in "\t\n\r"):
            raise DataError(f"This row does not fit a table of {len(header)} columns: {cells}")
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"
