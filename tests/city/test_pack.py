from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.city.conftest import Town
from workbench.city import build_city, describe_city, load_city
from workbench.city.arrays import read_arrays, write_arrays
from workbench.errors import InputError, NotFoundError


def test_the_city_has_what_others_rely_on(town: Town) -> None:
    city = town.city()
    assert (city.city_id, city.name, city.crs, city.timezone) == (
        "town",
        "Small Town",
        "EPSG:32118",
        "America/New_York",
    )
    assert city.version == town.report.version
    assert list(city.stops.columns) == ["stop_id", "stop_name", "mode", "parent_station", "lon", "lat", "x", "y"]
    assert list(city.routes.columns) == ["route_id", "short_name", "long_name", "mode", "color", "agency"]
    assert list(city.blocks.columns) == [
        *("block_id", "zone_ix", "nta_id", "community_district", "council_district", "residents", "x", "y")
    ]
    assert city.blocks["zone_ix"].dtype == np.int32
    assert city.zones["residents"].dtype == np.int64
    assert isinstance(city.zones, gpd.GeoDataFrame)
    assert city.zones.crs == city.crs
    assert city.zones.geometry.is_valid.all()
    assert set(city.areas) == {"borough", "community_district", "council_district", "nta"}
    assert city.areas["borough"]["name"].tolist() == ["East", "West"]
    assert city.areas["council_district"]["area_id"].tolist() == ["9", "10"]
    assert city.group_shares.index.name == "nta_id"
    assert city.opportunities["kind"].tolist() == ["park", "subway_station", "subway_station"]
    assert city.get_stop_ix("E9") == city.stops["stop_id"].tolist().index("E9")


def test_zones_keep_their_shape(town: Town) -> None:
    areas = town.city().zones.geometry.area
    # tracts of 2000 x 1000 m; corners rounded to 1e-6 degrees and decimetres
    assert areas.to_numpy() == pytest.approx(2_000_000, rel=1e-3)


def test_bounds_in_degrees(town: Town) -> None:
    west, south, east, north = town.city().bounds_lonlat
    assert -180 < west < east < -70
    assert 40 < south < north < 41


def test_a_service_that_is_not_there(town: Town) -> None:
    with pytest.raises(NotFoundError, match="there are weekday, saturday, sunday"):
        town.city().load_timetable("holiday")


def test_timetables_are_read_once(town: Town) -> None:
    city = town.city()
    assert city.load_timetable("weekday") is city.load_timetable("weekday")


def test_manifest_counts_and_reports(town: Town) -> None:
    manifest = tomllib.loads((town.pack / "manifest.toml").read_text())
    assert manifest["format_version"] == 2
    assert manifest["counts"]["weekday_trips"] == 7
    assert manifest["counts"]["weekday_previous_day_trips"] == 2
    assert manifest["counts"]["weekday_stop_times"] == 4 * 4 + 4 + 2 * 2
    assert manifest["file"]["stops.csv.gz"]["rows"] == 9
    assert manifest["file"]["stops.csv.gz"]["licence"] == "CC0-1.0"
    on_disk = {path.relative_to(town.pack).as_posix() for path in town.pack.rglob("*") if path.is_file()}
    assert on_disk == {*manifest["file"], "manifest.toml", "sources.lock"}
    codes = {defect["code"] for defect in manifest["defect"]}
    assert codes == {problem.code for problem in town.report.problems}
    assert codes >= {
        *("padded-values", "routes-listed-twice", "routes-without-trips", "services-removed", "services-added"),
        *("shared-stop-ids", "shared-stops-apart", "zero-second-hops", "no-boarding", "no-alighting", "no-transfers"),
        *("no-calendar", "calendar-ends", "times-past-midnight", "overtaking-splits", "previous-day-trips"),
        *("transfers-not-used", "short-trips", "unknown-trips", "blank-times", "calls-out-of-order"),
        *("crossing-without-footway", "zone-without-residents", "groups-unknown"),
    }
    assert all(defect["count"] > 0 for defect in manifest["defect"])


def test_the_same_sources_give_the_same_bytes(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "again"
    again = build_city("town", gtfs_dir=town.sources, wheels_dir=town.sources, out_dir=out, spec=town.spec)
    assert again.version == town.report.version
    files = sorted(path.relative_to(town.pack) for path in town.pack.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    for name in files:
        assert (town.pack / name).read_bytes() == (out / name).read_bytes(), name


def test_building_over_an_old_pack_leaves_nothing_of_it(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "town"
    shutil.copytree(town.pack, out)
    (out / "timetable_holiday.npz.xz").write_bytes(b"old")
    (out / "NOTES.md").write_text("kept")
    build_city("town", gtfs_dir=town.sources, wheels_dir=town.sources, out_dir=out, spec=town.spec)
    assert not (out / "timetable_holiday.npz.xz").exists()
    assert (out / "NOTES.md").exists()


@pytest.fixture
def copy(town: Town, tmp_path: Path) -> Path:
    shutil.copytree(town.pack, tmp_path / "town")
    return tmp_path / "town"


def test_a_damaged_pack_says_everything_that_is_wrong(copy: Path) -> None:
    (copy / "stops.csv.gz").unlink()
    with (copy / "routes.csv.gz").open("ab") as file:
        file.write(b"more")
    with pytest.raises(InputError) as caught:
        load_city(copy)
    assert "stops.csv.gz: missing" in str(caught.value)
    assert "routes.csv.gz" in str(caught.value)


def test_a_changed_byte_is_found_when_asked_for(copy: Path) -> None:
    content = bytearray((copy / "zones.csv.gz").read_bytes())
    content[-1] ^= 1
    (copy / "zones.csv.gz").write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"zones.csv.gz: its sha256 is not the manifest's"):
        load_city(copy, verify=True)


def test_another_format_version_is_refused(copy: Path) -> None:
    text = (copy / "manifest.toml").read_text()
    (copy / "manifest.toml").write_text(text.replace("format_version = 2", "format_version = 99"))
    with pytest.raises(InputError, match="format_version 99, must be 1 to 2"):
        load_city(copy)


def test_a_manifest_cannot_point_outside_the_pack(copy: Path) -> None:
    text = (copy / "manifest.toml").read_text()
    (copy / "manifest.toml").write_text(text.replace('[file."stops.csv.gz"]', '[file."../stops.csv.gz"]'))
    with pytest.raises(InputError, match="leaves the folder"):
        load_city(copy)


def test_a_pack_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no city pack 'atlantis'"):
        load_city("atlantis")
    with pytest.raises(NotFoundError, match=r"no manifest.toml there"):
        load_city(tmp_path)


def test_arrays_survive_and_bytes_repeat(tmp_path: Path) -> None:
    arrays = {"b": np.arange(5, dtype=np.int64), "a": np.array([[True, False]]), "none": np.zeros(0, dtype=np.uint8)}
    write_arrays(tmp_path / "one.xz", arrays)
    write_arrays(tmp_path / "two.xz", dict(reversed(arrays.items())))
    assert (tmp_path / "one.xz").read_bytes() == (tmp_path / "two.xz").read_bytes()
    read = read_arrays(tmp_path / "one.xz")
    assert set(read) == set(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert np.array_equal(read[name], array)


@pytest.mark.parametrize("keep", [0, 10, -4])
def test_a_cut_file_of_arrays_is_refused(tmp_path: Path, keep: int) -> None:
    write_arrays(tmp_path / "one.xz", {"a": np.arange(100)})
    content = (tmp_path / "one.xz").read_bytes()
    (tmp_path / "one.xz").write_bytes(content[:keep])
    with pytest.raises(InputError, match=r"one.xz"):
        read_arrays(tmp_path / "one.xz")


def test_a_city_in_words(town: Town) -> None:
    words = describe_city(town.city())
    assert "9 stops (7 bus, 2 subway), 3 routes" in words
    assert "4 zones and 200 blocks with 1,500 residents" in words
    assert "weekday 2026-10-14: 7 trips of the day and 2 of the day before" in words
    assert "streets: invented" in words


def test_opportunities_are_where_they_should_be(town: Town) -> None:
    city = town.city()
    park = city.opportunities[city.opportunities["kind"] == "park"].iloc[0]
    nta = city.areas["nta"].set_index("area_id").loc["EA0191"]
    assert shapely.contains_xy(nta.geometry, park["x"], park["y"])
    assert pd.api.types.is_float_dtype(city.opportunities["x"])
