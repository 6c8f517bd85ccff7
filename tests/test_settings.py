"""Settings: later sources win, unknown keys and bad values are refused with their place."""

from pathlib import Path

import pytest

from workbench.errors import SettingsError
from workbench.settings import Settings, read_settings


def test_defaults_then_file_then_environment_then_flags(tmp_path: Path) -> None:
    file = tmp_path / "workbench.toml"
    file.write_text('port = 6001\nhost = "0.0.0.0"\nthreads = 1\n')
    environ = {"WORKBENCH_PORT": "6002", "WORKBENCH_THREADS": "2", "HOME": "elsewhere"}
    settings = read_settings({"port": 6003, "city": None}, environ=environ, file=file)
    assert (settings.host, settings.threads, settings.port, settings.city) == ("0.0.0.0", 2, 6003, "nyc")


def test_every_fault_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "workbench.toml"
    file.write_text("colour = 3\nport = 99999\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(environ={"WORKBENCH_THREADS": "many"}, file=file)
    message = str(caught.value)
    assert "'colour' is not a setting" in message
    assert "port is 99999, must be 0 to 65535" in message
    assert "WORKBENCH_THREADS: threads is 'many', must be a whole number" in message


def test_broken_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "workbench.toml"
    file.write_text("port = ")
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_settings(environ={}, file=file)


def test_database_lives_in_the_data_folder() -> None:
    assert Settings(data_dir=Path("here")).storage_url == "sqlite:///here/workbench.db"
    assert Settings(database_url="postgresql://x/y").storage_url == "postgresql://x/y"
