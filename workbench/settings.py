"""Settings of this machine: defaults, then `workbench.toml`, then `WORKBENCH_*`, then flags, into one frozen object.

Settings say where and how the workbench runs; they never change a number. Parameters of an analysis live in the
`params.py` of each room.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from workbench.errors import SettingsError

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the workbench keeps things and where it listens."""

    city: str = "nyc"
    """City pack: `nyc` for the embedded one, or a folder."""
    cache_dir: Path = field(default_factory=lambda: platformdirs.user_cache_path("workbench"))
    """Folder for base travel times: large, can be deleted and computed again."""
    data_dir: Path = field(default_factory=lambda: platformdirs.user_data_path("workbench"))
    """Folder for alternatives and ballots: keep a copy of it."""
    database_url: str = ""
    """Database; empty for an SQLite file in `data_dir`."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other devices in the room connect."""
    port: int = 5006
    """Port to listen on."""
    threads: int = 0
    """Threads for searching; 0 for all cores."""

    @property
    def storage_url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'workbench.db'}"


def read_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """
    Return the settings; later sources win, a flag that is None counts as not given.

    Raises
    ------
    SettingsError
        If a key is unknown or a value cannot be used; all faults at once.
    """
    environ = os.environ if environ is None else environ
    path = Path("workbench.toml") if file is None else file
    found: dict[str, tuple[object, str]] = {}
    if path.is_file():
        try:
            found |= {key: (value, str(path)) for key, value in tomllib.loads(path.read_text()).items()}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            message = f"{path} is not valid TOML: {error}"
            raise SettingsError(message) from error
    prefix = "WORKBENCH_"
    found |= {
        name.removeprefix(prefix).lower(): (value, name) for name, value in environ.items() if name.startswith(prefix)
    }
    found |= {key: (value, f"--{key.replace('_', '-')}") for key, value in (flags or {}).items() if value is not None}
    return _checked(found)


_READERS: dict[str, Callable[[str], str | int | Path]] = {
    "Path": lambda text: Path(text).expanduser(),
    "int": int,
    "str": str,
}


def _checked(found: Mapping[str, tuple[object, str]]) -> Settings:
    """Turn raw values into `Settings`, gathering every fault."""
    types = {item.name: item.type for item in dataclasses.fields(Settings)}
    faults: list[str] = []
    values: dict[str, Any] = {}
    for key, (raw, where) in found.items():
        if key not in types:
            faults.append(f"{where}: {key!r} is not a setting; there are {', '.join(types)}")
            continue
        try:
            values[key] = _READERS[str(types[key])](str(raw))
        except ValueError:
            faults.append(f"{where}: {key} is {raw!r}, must be a whole number")
    for key, low, high in (("port", 0, 65_535), ("threads", 0, 256)):
        if key in values and not low <= values[key] <= high:
            faults.append(f"{found[key][1]}: {key} is {values[key]}, must be {low} to {high}")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**values)
