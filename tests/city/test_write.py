"""A pack is replaced as a whole or not at all."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from tests.city.conftest import Town
from workbench.city import City, build_city, load_city
from workbench.city.build import write
from workbench.city.build.write import replacing
from workbench.errors import InputError, StorageError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(town: Town, tmp_path: Path) -> Path:
    shutil.copytree(town.pack, tmp_path / "town")
    return tmp_path / "town"


def build(town: Town, out: Path) -> None:
    build_city("town", gtfs_dir=town.sources, wheels_dir=town.sources, out_dir=out, spec=town.spec)


def test_an_interrupted_build_leaves_the_old_pack(town: Town, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "write_layer", stop)
    with pytest.raises(KeyboardInterrupt):
        build(town, copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert [path.name for path in copy.parent.iterdir()] == ["town"]


def test_an_interrupt_between_old_and_new_puts_the_old_one_back(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = load_city(copy).version
    replace = Path.replace

    def stop_at_the_new_one(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_new_one)
    with pytest.raises(KeyboardInterrupt), replacing(copy) as folder:
        (folder / "manifest.toml").write_text("new")
    assert load_city(copy, verify=True).version == version
    assert [path.name for path in copy.parent.iterdir()] == ["town"]


def test_two_builds_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    out, mixed = tmp_path / "pack", []

    def build_many(name: str) -> None:
        for number in range(30):
            with replacing(out) as folder:
                for part in range(5):
                    (folder / f"{part}.gz").write_text(f"{name}-{number}")
                (folder / "manifest.toml").write_text(f"{name}-{number}")

    builders = [threading.Thread(target=build_many, args=(name,)) for name in "abc"]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    contents = {path.read_text() for path in out.iterdir()}
    mixed = [path.name for path in tmp_path.iterdir() if path != out]
    assert len(contents) == 1
    assert len(list(out.iterdir())) == 6
    assert mixed == []


@pytest.mark.parametrize("name", ["notes.txt", "stops.csv.gz"])
def test_a_folder_with_anything_but_a_pack_is_never_replaced(town: Town, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(StorageError, match="is not empty and is no city pack"):
        build(town, tmp_path)
    assert (tmp_path / name).read_text() == "mine"
    with pytest.raises(StorageError, match="is a file"):
        build(town, tmp_path / name)


def test_a_link_to_a_pack_stays_a_link(copy: Path) -> None:
    link = copy.parent / "link"
    link.symlink_to(copy)
    with replacing(link) as folder:
        (folder / "manifest.toml").write_text("new")
    assert link.is_symlink()
    assert (copy / "manifest.toml").read_text() == "new"


def test_a_city_does_not_read_on_in_a_pack_built_since(town: Town, copy: Path) -> None:
    city = load_city(copy)
    city.load_timetable("saturday")
    with replacing(copy) as folder:
        shutil.copytree(town.pack, folder, dirs_exist_ok=True)
        shutil.copy(town.pack / "timetable_sunday.npz.xz", folder / "timetable_weekday.npz.xz")
        (folder / "area_nta.npz.xz").unlink()
    with pytest.raises(InputError, match=r"timetable_weekday\.npz\.xz changed since Small Town was loaded"):
        city.load_timetable("weekday")
    with pytest.raises(InputError, match=r"area_nta\.npz\.xz changed"):
        city.areas["nta"]


def test_a_pack_of_the_first_format_still_loads(town: Town, copy: Path) -> None:
    """Version 1 knew neither `area` nor `group_column`: New York's four kinds were meant."""
    text = (copy / "manifest.toml").read_text()
    head, _, rest = text.partition("\n[[area]]")
    kinds, _, groups = rest.partition("\n[[group]]")
    assert kinds.count("kind") == 4
    old = f"{head}\n[[group]]{groups}".replace("format_version = 2", "format_version = 1")
    (copy / "manifest.toml").write_text(old.replace('group_column = "nta_id"\n', ""))
    assert "area_kinds" not in old
    now, then = town.city(), load_city(copy, verify=True)
    assert then.area_kinds == now.area_kinds
    assert then.group_shares.equals(now.group_shares)
    assert then.version == now.version
    for kind in now.areas:
        assert then.areas[kind].equals(now.areas[kind])


def test_the_embedded_city_loads_with_its_kinds_of_areas(nyc: City) -> None:
    assert [kind.kind for kind in nyc.area_kinds] == ["borough", "community_district", "council_district", "nta"]
    assert nyc.zone_parts().nunique() == 5
    assert nyc.zone_neighborhoods().str.len().min() > 2
