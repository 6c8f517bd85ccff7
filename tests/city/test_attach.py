"""Jobs and places attached to a pack: detection, counting, what is refused, and that travel times stay valid."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner

from tests.city.conftest import Town
from tests.city.small_sources import X0, Y0, lonlat
from tests.conftest import SHARED
from tests.scenes import GridCity
from workbench.city import City, Source, count_by_zone, describe_city, kind_label, load_city
from workbench.city.attach.attach import attach_jobs, attach_places
from workbench.city.attach.jobs import JobsTable, read_jobs
from workbench.city.attach.places import PlacesTable, read_places
from workbench.cli import main
from workbench.errors import InputError, StorageError

ZONES = pd.Series(["36061000100", "36061000200", "36061000300"])
SOURCE = Source("", "a survey", "2026", "CC0-1.0")


def jobs_of(tmp_path: Path, text: str | bytes, name: str = "jobs.csv", **options: str) -> JobsTable:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_jobs(path, ZONES, **options)  # type: ignore[arg-type]


def codes(table: JobsTable | PlacesTable) -> dict[str, int]:
    return {defect.code: defect.count for defect in table.defects}


@pytest.mark.parametrize(
    "text",
    [
        "GEOID,jobs\n36061000100,1\n36061000200,2\n36061000300,4\n",
        "\ufeffFIPS_Tract_Full;Workforce_Total_Jobs;Pct_Jobs_Young\r\n36061000100;1;.5\r\n36061000200;2.0;.5\r\n36061000300;4;1\r\n",
        'GEO_ID\tTotal Jobs\n1400000US36061000100\t1\n1400000US36061000200\t2\n"1400000US36061000300"\t"4"\n',
        "tract,C000,CA01\n36061000100.0,1,9\n36061000200.0,2,9\n36061000300.0,4,9\n",
        "zone_id,all jobs total\n36061000300,4\n36061000100,1\n36061000200,2\n",
    ],
)
def test_usual_tables_are_understood_as_they_are(tmp_path: Path, text: str) -> None:
    table = jobs_of(tmp_path, text)
    assert table.jobs.tolist() == [1, 2, 4]
    assert (table.n_rows, table.n_jobs, table.n_jobs_elsewhere, table.defects) == (3, 7, 0, ())


def test_lodes_by_block_is_summed_to_tracts_and_keeps_its_total(tmp_path: Path) -> None:
    # Blocks of tract 1 have 1 + 2 jobs, of tract 3 have 4; 8 are in another county, 16 in a tract unknown to the city.
    rows = [
        "360610001001000,1,x",
        "360610001001001,2,x",
        "360610003002000,4,x",
        "360550009001000,8,x",
        "360619999001000,16,x",
    ]
    text = "w_geocode,C000,createdate\n" + "\n".join(rows) + "\n"
    table = jobs_of(tmp_path, gzip.compress(text.encode()), "ny_wac_S000_JT00_2023.csv.gz")
    assert table.jobs.tolist() == [3, 0, 4]
    assert (table.n_jobs, table.n_jobs_elsewhere) == (31, 24)
    assert codes(table) == {"jobs-elsewhere": 2, "zones-without-jobs-row": 1}
    assert "24 jobs are not counted: 36061999900 (16 jobs), 36055000900 (8 jobs)" in table.defects[0].what
    assert table.defects[1].what.endswith("36061000200")


def test_a_leading_zero_a_spreadsheet_took_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "al.csv").write_text("tract,jobs\n1001020100,5\n")
    assert read_jobs(tmp_path / "al.csv", pd.Series(["01001020100"])).jobs.tolist() == [5]


def test_zones_need_not_be_american(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("Kvartal,Arbeit\nNord,3\nSüd,5\n", encoding="utf-8")
    table = read_jobs(tmp_path / "k.csv", pd.Series(["Süd", "Nord"]), id_column="Kvartal", jobs_column="Arbeit")
    assert table.jobs.tolist() == [5, 3]


def test_rows_without_a_number_are_counted_and_named(tmp_path: Path) -> None:
    table = jobs_of(tmp_path, 'GEOID,jobs\n36061000100,"1,200"\n36061000200,n/a\n36061000300,-4\n')
    assert table.jobs.tolist() == [1200, 0, 0]
    assert codes(table)["jobs-unreadable"] == 2
    assert "36061000200 ('n/a'), 36061000300 ('-4')" in table.defects[0].what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty: its first line must name the columns"),
        ("<!DOCTYPE html><html></html>", "is a web page, not a table"),
        ("a,b\n1,2\n", r"no column with census tracts or zones found; name it with --id-column: 'a', 'b'"),
        ("GEOID,pay\n36061000100,2\n", r"no column with jobs found; name it with --jobs-column: 'GEOID', 'pay'"),
        ("GEOID,GEOID\n1,2\n", "column 'GEOID' is there 2 times"),
        (
            "GEOID,jobs\n36061000100,1\n36061000100,2\n",
            r"1 areas are there more than once, the first is '36061000100' \(2 rows\)",
        ),
        (
            "GEOID,jobs\n06037000100,1\n",
            r"not one of its 1 rows belongs to a zone.*first is '06037000100', .* is '36061000100'",
        ),
        ("GEOID,jobs\n", "not one of its 0 rows"),
        (b"PK\x03\x04\0\0\0\0", "is not a table in text"),
        (gzip.compress(b"GEOID,jobs\n" * 900)[:40], "cut short or damaged"),
    ],
)
def test_other_tables_are_refused_in_one_sentence(tmp_path: Path, text: str | bytes, what: str) -> None:
    with pytest.raises(InputError, match=what):
        jobs_of(tmp_path, text)


def test_a_wrong_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no column 'work'; there are 'GEOID', 'jobs'"):
        jobs_of(tmp_path, "GEOID,jobs\n36061000100,1\n", jobs_column="work")


def places_of(path: Path, city: City, **options: str) -> PlacesTable:
    return read_places(path, city, **({"kind": "school"} | options))  # type: ignore[arg-type]


def point_rows(*at: tuple[float, float]) -> list[tuple[float, float]]:
    """Return lon, lat of points of the town."""
    return [lonlat(x, y) for x, y in at]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("latitude", "longitude"), ("Lat", "Lng"), ("Y", "X"), ("stop_lat", "stop_lon"), ("INTPTLAT", "INTPTLON")],
)
def test_points_of_a_table_are_found_by_many_spellings(town: Town, tmp_path: Path, lat: str, lon: str) -> None:
    (a, b), (c, d) = point_rows((500, 500), (3500, 1500))
    (tmp_path / "p.csv").write_text(f"School Name,{lat},{lon}\nWest High,{b},{a}\nEast High,{d},{c}\n")
    places = places_of(tmp_path / "p.csv", town.city()).places
    assert places["name"].tolist() == ["East High", "West High"]
    assert np.allclose(places[["x", "y"]], [[X0 + 3500, Y0 + 1500], [X0 + 500, Y0 + 500]], atol=0.2)


def test_what_is_not_in_the_city_is_counted_and_left_out(town: Town, tmp_path: Path) -> None:
    # One in the river 80 m from a shore stays (a pier); the sea 1 km south and a zero are left out; one is there twice.
    rows = [*point_rows((500, 500), (2080, 500), (500, -1000), (500, 500)), (0.0, 0.0), ("", "")]
    text = "name,lat,lon\n" + "".join(f"n{'' if n in (0, 3) else n},{lat},{lon}\n" for n, (lon, lat) in enumerate(rows))
    (tmp_path / "p.csv").write_text(text)
    table = places_of(tmp_path / "p.csv", town.city())
    assert table.places["name"].tolist() == ["n", "n1"]
    assert codes(table) == {"places-without-point": 2, "places-outside": 1, "places-twice": 1}
    assert table.n_rows == 6


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_map_files_are_read_with_their_own_coordinates(town: Town, tmp_path: Path, suffix: str) -> None:
    square = shapely.box(X0 + 3000, Y0 + 1000, X0 + 3200, Y0 + 1200)
    table = gpd.GeoDataFrame(
        {"title": ["point", "square", None]},
        geometry=[shapely.Point(X0 + 500, Y0 + 500), square, None],
        crs="EPSG:32118",
    )
    path = tmp_path / f"p{suffix}"
    (table.to_crs("EPSG:4326") if suffix == ".geojson" else table.to_crs("EPSG:2263")).to_file(path)
    found = places_of(path, town.city())
    assert found.places["name"].tolist() == ["point", "square"]
    assert np.allclose(found.places[["x", "y"]], [[X0 + 500, Y0 + 500], [X0 + 3100, Y0 + 1100]], atol=0.2)
    assert codes(found) == {"places-not-points": 1, "places-without-point": 1}


def test_feet_are_refused_until_their_system_is_named(town: Town, tmp_path: Path) -> None:
    feet = gpd.GeoSeries([shapely.Point(X0 + 500, Y0 + 500)], crs="EPSG:32118").to_crs("EPSG:2263")
    (tmp_path / "p.csv").write_text(f"name,x,y\nA,{feet.x[0]},{feet.y[0]}\n")
    with pytest.raises(
        InputError, match=r"coordinates such as 9\d\d,.* are not degrees; name their system, e\.g\. --crs"
    ):
        places_of(tmp_path / "p.csv", town.city())
    places = places_of(tmp_path / "p.csv", town.city(), crs="EPSG:2263").places
    assert np.allclose(places[["x", "y"]], [[X0 + 500, Y0 + 500]], atol=0.2)
    with pytest.raises(InputError, match="coordinate system 'EPSG:none' is not known"):
        places_of(tmp_path / "p.csv", town.city(), crs="EPSG:none")


def test_swapped_coordinates_are_told(town: Town, tmp_path: Path) -> None:
    ((lon, lat),) = point_rows((500, 500))
    (tmp_path / "p.csv").write_text(f"name,lat,lon\nA,{lon},{lat}\n")
    with pytest.raises(InputError, match="latitude and longitude have changed places"):
        places_of(tmp_path / "p.csv", town.city())


def test_names_are_harmless_in_a_spreadsheet_and_on_a_screen(town: Town, tmp_path: Path) -> None:
    ((lon, lat),) = point_rows((500, 500))
    bad = ['"=HYPERLINK(""http://x"",""y"")"', "+1-800", "@SUM(A1)", "-2+3", "plain \u202e\u0007name", "x" * 500]
    (tmp_path / "p.csv").write_text(
        "name,lat,lon\n" + "".join(f"{name},{lat},{lon}\n" for name in bad), encoding="utf-8"
    )
    table = places_of(tmp_path / "p.csv", town.city())
    assert set(table.places["name"]) == {
        'HYPERLINK("http://x","y")',
        "1-800",
        "SUM(A1)",
        "2+3",
        "plain name",
        "x" * 120,
    }
    assert codes(table) == {"place-names-like-formulas": 4}


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("p.csv", "name,street\nA,B\n", "no column with latitude found; name it with --lat-column"),
        ("p.csv", "name,lat,lon\nA,10,10\n", "not one of its 1 places lies in Small Town"),
        ("p.csv", "name,lat,lon\n", "not one of its 0 places"),
        ("p.geojson", "<html></html>", "cannot be read as a map file"),
        ("p.gpkg", "nothing", "cannot be read as a map file"),
    ],
)
def test_other_files_of_places_are_refused(town: Town, tmp_path: Path, name: str, content: str, what: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=what):
        places_of(tmp_path / name, town.city())


@pytest.mark.parametrize("kind", ["School", "jobs", "", "a" * 31, "x", "=1"])
def test_kinds_are_plain_words(town: Town, tmp_path: Path, kind: str) -> None:
    with pytest.raises(InputError, match="must be one word"):
        places_of(tmp_path / "p.csv", town.city(), kind=kind)


def test_a_file_that_is_too_large_is_refused(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.csv").write_text("name,lat,lon\n" + "A,40,-74\n" * 30)
    monkeypatch.setattr("workbench.city.attach.places.MAX_FILE_BYTES", 100)
    with pytest.raises(InputError, match=r"p\.csv has 283 bytes, must be at most 100"):
        places_of(tmp_path / "p.csv", town.city())
    monkeypatch.setattr("workbench.city.attach.places.MAX_FILE_BYTES", 1000)
    monkeypatch.setattr("workbench.city.attach.places.MAX_PLACES", 20)
    with pytest.raises(InputError, match=r"p\.csv has more than 20 rows"):
        places_of(tmp_path / "p.csv", town.city())


def small_city() -> City:
    return GridCity().stop("A", 0, 0).stop("B", 5, 0).zone("west", 0, 0).zone("east", 30, 0).city()


def test_everything_worth_reaching_is_counted_by_zone() -> None:
    city = small_city()
    x, y = GridCity().xy(30, 0)
    places = pd.DataFrame(
        {"kind": ["school", "school", "clinic"], "name": ["s", "t", "c"], "x": [x, x + 10, x - 5_900], "y": [y] * 3}
    )
    assert list(count_by_zone(city)) == ["residents"]
    richer = city.with_places(places, SOURCE).with_jobs(np.array([16, 32]), SOURCE)
    counts = {kind: values.tolist() for kind, values in count_by_zone(richer).items()}
    assert counts == {"residents": [1, 2], "jobs": [16, 32], "clinic": [1, 0], "school": [0, 2]}
    assert city.jobs is None
    assert len(city.opportunities) == 0, "the city it was made from stays as it was"


def test_versions_tell_what_was_counted_while_travel_times_stay_valid() -> None:
    city = small_city()
    one = city.with_jobs(np.array([1, 2]), SOURCE)
    other = city.with_jobs(np.array([1, 3]), SOURCE)
    assert one.version == other.version == city.version == city.data_version
    assert len({city.data_version, one.data_version, other.data_version}) == 3
    assert other.with_jobs(np.array([1, 2]), SOURCE).data_version == one.data_version
    x, y = GridCity().xy(0, 0)
    school = pd.DataFrame({"kind": ["school"], "name": ["s"], "x": [x], "y": [y]})
    assert (
        one.with_places(school, SOURCE).data_version
        == city.with_places(school, SOURCE).with_jobs(np.array([1, 2]), SOURCE).data_version
    )
    assert [source.layer for source in one.with_places(school, SOURCE).sources] == ["all", "jobs", "places:school"]


def test_jobs_must_fit_the_zones() -> None:
    for wrong in (np.array([1]), np.array([1, -1])):
        with pytest.raises(InputError, match="jobs must be 2 numbers of 0 or more"):
            small_city().with_jobs(wrong, SOURCE)


def test_kinds_in_words() -> None:
    assert [kind_label(kind) for kind in ("school", "subway_station", "library", "jobs", "food_pantry", "bus_way")] == [
        "schools",
        "subway stations",
        "libraries",
        "jobs",
        "food pantries",
        "bus ways",
    ]


def write_town_jobs(path: Path, town: Town) -> Path:
    zones = town.city().zones["zone_id"]
    path.write_text("zone_id,jobs\n" + "".join(f"{zone},{10 * n}\n" for n, zone in enumerate(zones)))
    return path


def test_a_copy_of_the_pack_has_the_jobs_and_every_other_file_as_it_was(town: Town, tmp_path: Path) -> None:
    table = write_town_jobs(tmp_path / "jobs.csv", town)
    before = {path.name: path.read_bytes() for path in town.pack.rglob("*") if path.is_file()}
    done = attach_jobs(town.pack, table, out_dir=tmp_path / "richer", source=SOURCE)
    richer = load_city(tmp_path / "richer", verify=True)
    expected = [10 * n for n in range(town.city().n_zones)]
    assert richer.jobs is not None
    assert richer.jobs.tolist() == expected
    assert done.n_kept == sum(expected)
    assert (richer.version, richer.data_version) == (town.city().version, done.city.data_version)
    assert "jobs: a survey, 2026, CC0-1.0." in describe_city(richer)
    assert "Jobs are not in this city pack" in describe_city(town.city())
    after = {path.name: path.read_bytes() for path in (tmp_path / "richer").rglob("*") if path.is_file()}
    assert {name for name in after if after[name] != before.get(name)} == {"manifest.toml", "jobs.csv.gz"}
    assert {path.name: path.read_bytes() for path in town.pack.rglob("*") if path.is_file()} == before


def test_places_are_added_to_the_same_folder_and_replace_their_kind(town: Town, tmp_path: Path) -> None:
    (a, b), (c, d) = point_rows((500, 500), (3500, 1500))
    (tmp_path / "two.csv").write_text(f"name,lat,lon\nA,{b},{a}\nB,{d},{c}\n")
    (tmp_path / "one.csv").write_text(f"name,lat,lon\nC,{b},{a}\n")
    folder = tmp_path / "richer"
    attach_jobs(town.pack, write_town_jobs(tmp_path / "jobs.csv", town), out_dir=folder)
    kinds = set(town.city().opportunities["kind"])
    first = attach_places(folder, tmp_path / "two.csv", kind="school", out_dir=folder)
    again = attach_places(folder, tmp_path / "one.csv", kind="school", out_dir=folder)
    assert (first.n_kept, first.n_replaced, again.n_kept, again.n_replaced) == (2, 0, 1, 2)
    city = load_city(folder, verify=True)
    assert set(city.opportunities["kind"]) == kinds | {"school"}
    assert city.opportunities[city.opportunities["kind"] == "school"]["name"].tolist() == ["C"]
    assert city.jobs is not None
    assert sorted(city.attached) == ["jobs", "places:school"]
    direct = load_city(attach_once(town, tmp_path), verify=True)
    assert direct.data_version == city.data_version, "the same things attached in another order"


def attach_once(town: Town, tmp_path: Path) -> Path:
    folder = tmp_path / "direct"
    attach_places(town.pack, tmp_path / "one.csv", kind="school", out_dir=folder)
    attach_jobs(folder, tmp_path / "jobs.csv", out_dir=folder)
    return folder


def test_the_embedded_pack_and_other_folders_are_left_alone(town: Town, tmp_path: Path) -> None:
    table = write_town_jobs(tmp_path / "jobs.csv", town)
    data = Path(__file__).parents[2] / "data"
    with pytest.raises(InputError, match="is part of the program"):
        attach_jobs(town.pack, table, out_dir=data / "nyc")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_bytes(b"x")
    with pytest.raises(StorageError, match="is not empty and is no city pack"):
        attach_jobs(town.pack, table, out_dir=tmp_path / "photos")


def test_a_table_that_cannot_be_used_changes_nothing(town: Town, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("zone_id,jobs\nnowhere,1\n")
    with pytest.raises(InputError):
        attach_jobs(town.pack, tmp_path / "bad.csv", out_dir=tmp_path / "richer")
    assert not (tmp_path / "richer").exists()


def test_the_commands_say_what_they_did(town: Town, tmp_path: Path) -> None:
    table = write_town_jobs(tmp_path / "jobs.csv", town)
    run = CliRunner()
    done = run.invoke(main, ["city", "jobs", str(table), "--city", str(town.pack), "--out", str(tmp_path / "richer")])
    assert done.exit_code == 0, done.output
    n_zones = town.city().n_zones
    total = sum(10 * n for n in range(n_zones))
    assert f"jobs.csv: {n_zones} rows; {total} jobs in {n_zones - 1} of {n_zones} zones" in done.output
    ((lon, lat),) = point_rows((500, 500))
    shape = {"type": "Feature", "properties": {"name": "A"}, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
    (tmp_path / "p.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [shape]}))
    options = ["--kind", "clinic", "--city", str(tmp_path / "richer"), "--out", str(tmp_path / "richer")]
    done = run.invoke(main, ["city", "places", str(tmp_path / "p.geojson"), *options])
    assert done.exit_code == 0, done.output
    assert "p.geojson: 1 rows; 1 places of kind clinic" in done.output
    bad = run.invoke(
        main,
        ["city", "places", str(tmp_path / "p.geojson"), *options[:0], "--kind", "A B", "--out", str(tmp_path / "x")],
    )
    assert bad.exit_code == 2
    assert "kind 'A B' must be one word" in bad.output


@pytest.mark.shared
def test_jobs_and_schools_of_new_york(nyc: City) -> None:
    jobs = read_jobs(SHARED / "jobs" / "nyc_tract_jobs_2022.csv", nyc.zones["zone_id"])
    assert (jobs.n_rows, jobs.n_jobs, int(jobs.jobs.sum()), jobs.n_jobs_elsewhere) == (2_303, 4_466_975, 4_466_975, 0)
    assert codes(jobs) == {"zones-without-jobs-row": 22}
    schools = read_places(SHARED / "schools" / "nyc-schools_nycgeo.csv", nyc, kind="school")
    assert (schools.n_rows, len(schools.places), codes(schools)) == (2_366, 2_227, {"places-twice": 139})
    richer = nyc.with_jobs(jobs.jobs, SOURCE).with_places(schools.places, SOURCE)
    counts = count_by_zone(richer)
    assert {kind: int(values.sum()) for kind, values in counts.items()} == {
        "residents": 8_804_190,
        "jobs": 4_466_975,
        "park": 40,
        "school": 2_227,
        "subway_station": 496,
    }


@pytest.mark.city
def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "jobs-and-places.md").read_text()
    example, printed = page.split("```python\n")[1].split("```")[0], page.split("prints\n\n```\n")[1].split("```")[0]
    exec(compile(example, "jobs-and-places.md", "exec"), {})
    assert capsys.readouterr().out == printed
