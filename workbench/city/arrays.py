"""Named arrays in one xz-compressed npz file: the form of timetables, shapes, rasters and streets in a city pack."""

from __future__ import annotations

import io
import lzma
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError

__all__ = ["MAX_UNPACKED_BYTES", "read_arrays", "write_arrays"]

AnyArray = npt.NDArray[np.generic]

MAX_UNPACKED_BYTES = 1 << 28
"""Largest file of arrays we unpack, bytes; New York's largest has about 9 MB."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_arrays(path: Path, arrays: Mapping[str, AnyArray]) -> None:
    """Write named arrays to `path`; the same arrays give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            info.create_system = 3  # the byte says which system wrote the zip; always say Unix
            archive.writestr(info, member.getvalue())
    path.write_bytes(lzma.compress(packed.getvalue(), preset=9))


def read_arrays(path: Path) -> dict[str, AnyArray]:
    """
    Read what `write_arrays` wrote.

    Raises
    ------
    InputError
        If the file is damaged or unpacks to more than 256 MiB.
    """
    try:
        unpacker = lzma.LZMADecompressor()
        unpacked = unpacker.decompress(path.read_bytes(), MAX_UNPACKED_BYTES)
        if not unpacker.eof:
            raise InputError(f"{path.name}: cut short, or unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
        with np.load(io.BytesIO(unpacked), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (lzma.LZMAError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: damaged ({error})") from error
