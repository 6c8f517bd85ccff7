"""Files in the formats of NYC Open Data, TIGER, the Census API and LODES become the tables a pack is built from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.city.fetch import upstream
from tests.city.small_sources import CRS, X0, Y0
from workbench.city.attach.jobs import read_jobs
from workbench.city.build.newyork.boundaries import read_boundaries
from workbench.city.build.newyork.groups import GROUP_COLUMNS, shares_of_counts
from workbench.city.build.newyork.people import build_blocks, build_zones
from workbench.city.fetch.boundaries import read_census_tracts, read_open_data_boundaries
from workbench.city.fetch.census import read_acs_counts, read_api_table, read_block_people, sum_counts
from workbench.city.fetch.feeds import find_feed_fault
from workbench.city.fetch.lodes import find_checksum_fault, read_od
from workbench.errors import InputError

TRACTS = pd.Series(["36001000100", "36001000200", "36002000100", "36002000200"])


def test_open_data_gives_the_same_boundaries_as_the_wheel(sources: Path, tmp_path: Path) -> None:
    live, defects = read_open_data_boundaries(upstream.write_open_data(tmp_path), crs=CRS)
    wheel = read_boundaries(sources / "town_geo-1.0-py3-none-any.whl", crs=CRS)
    for name in ("boroughs", "community_districts", "council_districts", "ntas", "tracts"):
        ours, theirs = getattr(live, name), getattr(wheel, name)
        same = [column for column in theirs.columns if column not in ("name", "geometry")]
        pd.testing.assert_frame_equal(pd.DataFrame(ours[same]), pd.DataFrame(theirs[same]))
        assert list(ours.columns) == list(theirs.columns)
        assert ours.crs == theirs.crs
        assert all(a.equals(b) for a, b in zip(ours.geometry, theirs.geometry, strict=True)), name
    assert {(d.code, d.count, d.where) for d in defects} == {
        ("areas-without-shape", 1, "tract.geojson"),
        ("districts-without-people", 1, "community_district.geojson"),
    }
    assert live.community_districts["name"].tolist() == ["Manhattan Community District 1", "Bronx Community District 1"]


@pytest.mark.parametrize(
    ("kind", "text", "what"),
    [
        (
            "nta",
            '{"error": true, "message": "not found"}',
            r"nta\.geojson has no features: the server said 'not found'",
        ),
        ("tract", '{"features": [', r"tract\.geojson is cut short or no JSON"),
        ("borough", '{"type": "FeatureCollection", "features": []}', "borough.geojson has no features"),
        (
            "borough",
            '{"features": [{"type": "Feature", "geometry": {"type": "Blob"}, "properties": {}}]}',
            "no GeoJSON",
        ),
    ],
)
def test_an_export_that_cannot_be_used_is_named(tmp_path: Path, kind: str, text: str, what: str) -> None:
    folder = upstream.write_open_data(tmp_path)
    (folder / f"{kind}.geojson").write_text(text)
    with pytest.raises(InputError, match=what):
        read_open_data_boundaries(folder, crs=CRS)


def test_all_faults_of_the_exports_are_told_at_once(tmp_path: Path) -> None:
    folder = upstream.write_open_data(tmp_path)
    (folder / "nta.geojson").unlink()
    renamed = upstream.open_data()["council_district"]
    for one in renamed:
        one["properties"] = {"district": "1"}
    (folder / "council_district.geojson").write_text(json.dumps({"features": renamed}))
    feet = [upstream.feature({"boroname": "West"}, upstream.WEST)]
    feet[0]["geometry"] = {"type": "Polygon", "coordinates": [[[9e5, 2e5], [9.1e5, 2e5], [9e5, 2.1e5], [9e5, 2e5]]]}
    (folder / "borough.geojson").write_text(json.dumps({"features": feet}))
    with pytest.raises(InputError) as caught:
        read_open_data_boundaries(folder, crs=CRS)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "borough.geojson: coordinates such as 900,000, 200,000 are not degrees" in lines[0]
    assert "has no column coundist or coun_dist; NYC Open Data may have renamed it" in lines[1]
    assert "`workbench city fetch nyc --only nyc-boundaries` gets it" in lines[2]


def test_census_tracts_of_some_counties(tmp_path: Path) -> None:
    path = upstream.write_tracts(tmp_path / "cb_2020_36_tract_500k.zip")
    tracts, defects = read_census_tracts(path, crs=CRS, counties=("36001", "002"))
    assert tracts["area_id"].tolist() == TRACTS.tolist()
    assert tracts["name"].tolist() == ["Census Tract 1", "Census Tract 2", "Census Tract 1", "Census Tract 2"]
    assert np.allclose(tracts.geometry[0].bounds, (X0, Y0, X0 + 2000, Y0 + 1000), atol=0.3)
    assert [(d.code, d.count) for d in defects] == [("tracts-of-water", 1)]
    assert len(read_census_tracts(path, crs=CRS)[0]) == 5
    with pytest.raises(InputError, match="has no tract in the counties 777"):
        read_census_tracts(path, crs=CRS, counties=("777",))


def test_another_layer_or_a_damaged_zip_is_told(tmp_path: Path) -> None:
    blocks = upstream.write_blocks(tmp_path, "001")
    with pytest.raises(
        InputError, match=r"tl_2020_36001_tabblock20\.zip is not the Census layer it should be: it has no column GEOID"
    ):
        read_census_tracts(blocks, crs=CRS)
    (tmp_path / "bad.zip").write_bytes(blocks.read_bytes()[:500])
    with pytest.raises(InputError, match=r"bad\.zip cannot be read as a zipped shapefile"):
        read_census_tracts(tmp_path / "bad.zip", crs=CRS)
    with pytest.raises(InputError, match="--only tiger` gets it"):
        read_census_tracts(tmp_path / "none.zip", crs=CRS)


def people_of(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"people_36{county}.json" for county in ("001", "002")]
    for path in paths:
        path.write_text(json.dumps(upstream.people_answer(path.stem[-3:])))
    return paths


def test_census_people_build_zones_and_blocks(tmp_path: Path) -> None:
    boundaries, _ = read_open_data_boundaries(upstream.write_open_data(tmp_path / "b"), crs=CRS)
    places = [upstream.write_blocks(tmp_path, county) for county in ("001", "002")]
    lots, defects = read_block_people(people_of(tmp_path), places, boundaries, crs=CRS)
    # 3 tracts with 4 blocks of 100 residents; the 4 blocks of the park have none
    assert len(lots) == 12
    assert lots["residents"].sum() == 1200
    assert lots["community_district"].tolist() == ["101"] * 8 + ["201"] * 4
    assert lots["council_district"].tolist() == ["10"] * 8 + ["9"] * 4
    assert [(d.code, d.count) for d in defects] == [("blocks-without-residents", 4)]
    zones, _ = build_zones(lots, boundaries)
    assert zones["residents"].tolist() == [400, 400, 400, 0]
    assert np.allclose(zones[["x", "y"]].iloc[0], (X0 + 1000, Y0 + 500), atol=0.3)
    blocks = build_blocks(lots, zones, boundaries)
    assert blocks["residents"].tolist() == [100] * 12
    assert blocks["zone_ix"].tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_blocks_with_people_and_without_a_place_are_told(tmp_path: Path) -> None:
    boundaries, _ = read_open_data_boundaries(upstream.write_open_data(tmp_path / "b"), crs=CRS)
    with pytest.raises(InputError, match="4 blocks with people have no place, the first is 360020001001000"):
        read_block_people(people_of(tmp_path), [upstream.write_blocks(tmp_path, "001")], boundaries, crs=CRS)


def test_survey_codes_become_margins_and_unknowns(tmp_path: Path) -> None:
    rows = [
        ["NAME", "B01001_001E", "B01001_001M", "state", "county", "tract"],
        ["Tract 1", "4500", "-555555555", "36", "1", "100"],
        ["Tract 2", "-666666666", "-222222222", "36", "1", "200"],
        ["Tract 3", None, "12", "36", "1", "300"],
    ]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    table, defects = read_api_table(tmp_path / "a.json")
    assert table.index.tolist() == ["36001000100", "36001000200", "36001000300"]
    assert table.loc["36001000100"].tolist() == [4500, 0]
    assert table.loc["36001000200"].isna().all()
    assert table.loc["36001000300"].isna().tolist() == [True, False]
    assert {d.code: d.count for d in defects} == {"margins-none": 1, "figures-withheld": 3}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "error: unknown variable 'B99'",
            r"is no answer of the Census API; it begins \"error: unknown variable 'B99'\"",
        ),
        ("{}", "is no table"),
        ("[]", "is no table"),
        ('[["A", "state"], ["1"]]', "is no table"),
        ('[["A", "state"], ["1", "36"]]', "must have the columns state, county, tract; has A, state"),
        (
            '[["A","state","county","tract"],["1","36","1","1"],["2","36","1","1"]]',
            "area 36001000001 is there more than once",
        ),
    ],
)
def test_other_answers_of_the_census_are_told(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=what):
        read_api_table(tmp_path / "a.json")


def test_group_shares_by_tract_and_by_neighborhood(tmp_path: Path) -> None:
    counts, defects = read_acs_counts(upstream.write_acs(tmp_path))
    assert list(counts.columns) == [f"{code}{end}" for code in GROUP_COLUMNS for end in "EM"]
    assert {d.code for d in defects} == {"margins-none"}
    by_tract = shares_of_counts(counts, index_name="zone_id")
    # 100 of 500 with a margin of 30; the total has none: share 0.2, margin 30 / 500
    assert by_tract.loc["36001000100", ["zero_car", "zero_car_moe"]].tolist() == [0.2, 0.06]
    assert np.isnan(by_tract.loc["36002000200", "zero_car"])
    ntas = pd.Series(
        {"36001000100": "WE0101", "36001000200": "WE0101", "36002000100": "EA0101", "36002000200": "EA0191"}
    )
    summed = sum_counts(counts, ntas)
    by_nta = shares_of_counts(summed)
    # two tracts of 500: 200 of 1000, margin sqrt(30² + 30²) / 1000
    assert by_nta.index.name == "nta_id"
    assert by_nta.loc["WE0101", ["zero_car", "zero_car_moe"]].tolist() == [0.2, round(30 * 2**0.5 / 1000, 5)]


def test_of_several_tracts_that_count_nobody_only_the_largest_margin_counts() -> None:
    counts = pd.DataFrame({"AE": [0.0, 0.0, 50.0], "AM": [12.0, 5.0, 16.0]}, index=["a", "b", "c"])
    summed = sum_counts(counts, pd.Series({"a": "N", "b": "N", "c": "N"}))
    assert summed.loc["N"].tolist() == [50, (12**2 + 16**2) ** 0.5]  # 20


def test_tables_of_other_tracts_or_another_year_are_told(tmp_path: Path) -> None:
    detail, profile = upstream.write_acs(tmp_path)
    rows = json.loads(profile.read_text())
    profile.write_text(json.dumps(rows[:-1]))
    with pytest.raises(InputError, match="has other tracts than acs_detail"):
        read_acs_counts([detail, profile])
    with pytest.raises(InputError, match=r"DP05_0024E, .* are not in the tables; is it another year"):
        read_acs_counts([detail])


def write_lodes(folder: Path) -> Path:
    for name, content in upstream.lodes_files().items():
        (folder / name).write_bytes(content)
    return folder


def test_lodes_jobs_and_flows_by_tract(tmp_path: Path) -> None:
    folder = write_lodes(tmp_path)
    jobs = read_jobs(folder / "ny_wac_S000_JT00_2023.csv.gz", TRACTS)
    assert (jobs.jobs.tolist(), jobs.n_jobs) == ([10, 20, 30, 40], 100)
    flows, defects = read_od(folder / "ny_od_main_JT00_2023.csv.gz", TRACTS)
    assert flows.to_dict("list") == {"home_ix": [1, 2], "work_ix": [2, 0], "workers": [11, 12]}
    assert [(d.code, d.count) for d in defects] == [("flows-outside", 1)]
    assert "100 workers" in defects[0].what


def test_flows_are_summed_over_parts_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_od(write_lodes(tmp_path) / "ny_od_main_JT00_2023.csv.gz", TRACTS)[0]
    monkeypatch.setattr("workbench.city.fetch.lodes._CHUNK_ROWS", 1)
    pd.testing.assert_frame_equal(read_od(tmp_path / "ny_od_main_JT00_2023.csv.gz", TRACTS)[0], whole)


def test_other_flows_are_told(tmp_path: Path) -> None:
    packed = upstream.lodes_files()["ny_od_main_JT00_2023.csv.gz"]
    (tmp_path / "cut.csv.gz").write_bytes(packed[:-12])
    with pytest.raises(InputError, match="is cut short or damaged"):
        read_od(tmp_path / "cut.csv.gz", TRACTS)
    (tmp_path / "other.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(InputError, match="is no LODES table of flows, with columns w_geocode, h_geocode, S000"):
        read_od(tmp_path / "other.csv.gz", TRACTS)


def test_checksums_of_the_publisher_are_understood(tmp_path: Path) -> None:
    folder = write_lodes(tmp_path)
    sums = (folder / "lodes_ny.sha256sum").read_text()
    path = folder / "ny_wac_S000_JT00_2023.csv.gz"
    assert find_checksum_fault(path, sums) is None
    fault = find_checksum_fault(path, sums.replace(sums[:8], "0" * 8))
    assert fault is not None
    assert fault.startswith("has another sha256 (")
    assert find_checksum_fault(path, "") == "is not in the publisher's list of checksums"


def test_a_feed_must_have_its_tables(sources: Path, tmp_path: Path) -> None:
    from tests.city.small_sources import write_zip

    assert find_feed_fault(sources / "bus_a.zip") is None
    tables = {
        "stops.txt": '\ufeff"stop_id",stop_name\n',
        "routes.txt": "route_id\n",
        "trips.txt": "route_id,service_id,trip_id\n",
        "stop_times.txt": "trip_id,stop_id,stop_sequence\n",
        "calendar_dates.txt": "service_id,date,exception_type\n",
    }
    assert find_feed_fault(write_zip(tmp_path / "a.zip", tables)) is None
    del tables["calendar_dates.txt"]
    assert "neither calendar.txt nor calendar_dates.txt" in str(find_feed_fault(write_zip(tmp_path / "b.zip", tables)))
    nested = {f"feed/{name}": text for name, text in tables.items()}
    assert "tables lie in a folder" in str(find_feed_fault(write_zip(tmp_path / "c.zip", nested)))
    tables |= {"calendar.txt": "", "trips.txt": "route_id\n"}
    assert "trips.txt has no column trip_id, service_id" in str(find_feed_fault(write_zip(tmp_path / "d.zip", tables)))


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "live-sources.md").read_text()
    example = page.split("```python\n")[1].split("```")[0]
    exec(compile(example, "live-sources.md", "exec"), {})
    assert f"prints `{capsys.readouterr().out.strip()}`" in page
