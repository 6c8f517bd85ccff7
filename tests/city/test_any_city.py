"""The example city from its files to a scored route, and what a city file may and may not say."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner

from workbench.city import City, build_city_file, check_city_file, check_pack, load_city
from workbench.city.build.build import BuildReport
from workbench.cli import main
from workbench.errors import InputError

EXAMPLE = Path(__file__).parents[2] / "examples" / "small-city"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildReport]:
    out = tmp_path_factory.mktemp("any") / "amsel"
    return out, build_city_file(EXAMPLE / "city.toml", out_dir=out)


@pytest.fixture(scope="module")
def amsel(built: tuple[Path, BuildReport]) -> City:
    return load_city(built[0], verify=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "city")
    return tmp_path / "city"


def edit(folder: Path, name: str, change: Callable[[str], str]) -> None:
    path = folder / name
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before, f"{name} did not change"
    path.write_text(after, encoding="utf-8")


def codes(report: BuildReport) -> dict[str, str]:
    return {problem.code: str(problem) for problem in report.problems}


def check(folder: Path) -> BuildReport:
    return check_city_file(folder / "city.toml")


def test_the_example_has_what_its_files_say(amsel: City) -> None:
    assert amsel.crs == "EPSG:32626"  # 28 degrees west
    assert amsel.timezone == "Atlantic/Azores"
    assert (len(amsel.zones), len(amsel.blocks), int(amsel.zones["residents"].sum())) == (24, 96, 12_220)
    assert [kind.kind for kind in amsel.area_kinds] == ["ward"]
    assert amsel.zone_parts().value_counts().to_dict() == {"1": 6, "2": 6, "3": 6, "4": 6}
    assert set(amsel.zone_neighborhoods()) == {"South West", "North West", "South East", "North East"}
    assert amsel.group_shares.index.name == "ward"
    assert amsel.group_shares.loc["1", "zero_car"] == 0.35  # 1,540 of 4,400
    assert amsel.opportunities["kind"].value_counts().to_dict() == {"school": 3, "clinic": 1, "library": 1}
    streets = amsel.load_streets()
    assert streets is not None
    assert not streets.edge_real.any()


def test_the_river_is_crossed_only_on_the_bridge(amsel: City) -> None:
    stops = amsel.stops.set_index("stop_id")
    west, east = stops.loc["A5"], stops.loc["A6"]  # 300 m apart, the bridge of route 1 between them

    def walk(dy: float) -> float:
        return float(amsel.walking.distance_m([west.x], [west.y + dy], [east.x], [east.y + dy])[0])

    assert 300 <= walk(0) < 450
    assert walk(600) > 1_300  # 600 m to the bridge and 600 m back


def test_trips_that_come_every_so_often_have_times(amsel: City) -> None:
    table = amsel.load_timetable("weekday")
    out = sorted(trip_id for trip_id in table.trip_id if str(trip_id).startswith("2-wee-0@"))
    # every 15 min from 6:00 to 9:30, then every 20 min to 19:00: 14 + 29 (the last at 18:50)
    assert len(out) == 43
    assert {"2-wee-0@6:00:00", "2-wee-0@9:15:00", "2-wee-0@9:30:00", "2-wee-0@18:50:00"} <= set(out)
    assert "2-wee-0" not in set(table.trip_id)


def test_the_same_files_give_the_same_city(built: tuple[Path, BuildReport], tmp_path: Path) -> None:
    again = build_city_file(EXAMPLE / "city.toml", out_dir=tmp_path / "again")
    assert again.version == built[1].version
    assert (tmp_path / "again" / "manifest.toml").read_bytes() == (built[0] / "manifest.toml").read_bytes()


def test_the_example_and_its_pack_are_sound(built: tuple[Path, BuildReport]) -> None:
    assert not built[1].errors
    assert set(codes(built[1])) == {
        *("no-transfers", "date-chosen", "frequencies-expanded", "headway-only", "shapes-missing"),
        *("zone-shapes-drawn", "streets-missing"),
    }
    found = check_pack(built[0])
    assert (found.problems, found.counts["zones"]) == ((), 24)


def test_a_drawn_route_is_scored_end_to_end(built: tuple[Path, BuildReport], tmp_path: Path) -> None:
    flags = ["--city", str(built[0]), "--cache-dir", str(tmp_path), "--json"]
    done = CliRunner().invoke(main, ["score", str(EXAMPLE / "north-bridge.geojson"), *flags])
    assert done.exit_code == 0, done.output
    scored = json.loads(done.stdout)
    assert scored["city"] == "amsel"
    (card,) = scored["scorecards"]
    # the only other way over the river is 1.1 km to the south
    assert card["access"]["residents_gaining_access"]["value"] > 5_000
    assert {row["kind"] for row in card["areas"]} == {"ward"}


def test_the_commands_build_and_check(copy: Path, tmp_path: Path) -> None:
    run = CliRunner()
    out = tmp_path / "pack"
    assert run.invoke(main, ["city", "check", str(copy / "city.toml")]).exit_code == 0
    assert run.invoke(main, ["city", "build", str(copy / "city.toml"), "--out", str(out)]).exit_code == 0
    assert run.invoke(main, ["city", "check", str(out)]).exit_code == 0
    (out / "stops.csv.gz").write_bytes(b"")
    damaged = run.invoke(main, ["city", "check", str(out), "--json"])
    assert damaged.exit_code == 2
    assert json.loads(damaged.stdout)["problems"][0]["code"] == "pack-damaged"


def test_everything_that_is_wrong_is_said_at_once(copy: Path) -> None:
    edit(copy, "zones.csv", lambda text: text.replace("Z02,", "Z01,"))
    edit(copy, "groups.csv", lambda text: text.replace("1,4400,1540", "1,1400,1540"))
    edit(copy, "blocks.csv", lambda text: text.replace("-27.99", "-27.xx", 1))
    edit(copy, "gtfs/trips.txt", lambda text: text.replace("\n1,", "\n7,", 1))
    (copy / "areas.geojson").write_text("<html>not found</html>")
    found = codes(check(copy))
    assert found["zones-unusable"] == "zones.csv: 1 values of zone_id appear twice: 'Z01'"
    assert "trips.txt names 1 route_id not in routes.txt: '7'" in found["feed-unusable"]
    assert "blocks.csv: 1 values of 'lon' are not numbers" in found["blocks-unusable"]
    assert found["areas-unusable"].startswith("areas.geojson: cannot be read as a map")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "amsel"', 'id = "Am sel"', "id is 'Am sel', must be small letters, digits and _"),
        ('id = "amsel"', "", "id is missing"),
        ('file = "zones.csv"', 'file = "zone.csv"', "zones.file: zone.csv is not there"),
        ("[zones]", "[zoness]", "'zoness' is not known here"),
        ('file = "gtfs" ', 'files = "gtfs" ', "feed.file is missing"),
        ('name = "Amsel"', 'name = "Amsel"\ncrs = "EPSG:4326"', "must be one in metres"),
        ('name = "Amsel"', 'name = "Amsel"\ntimezone = "Amsel/Amsel"', "timezone is 'Amsel/Amsel'"),
        ('name = "Amsel"', 'name = "Amsel"\ndates = {weekday = 2026-10-17}', "is 2026-10-17, a Saturday"),
        ('kind = "ward"', 'kind = "residents"', "areas.kind is 'residents'"),
        ('by = "ward"', 'by = "parish"', "groups.by is 'parish', must be one of zone, ward"),
        ('of = "people"', "", "must be 0 to 1; name the column `of` with the total"),
        ('column = "no_car"', 'column = "cars"', "groups.csv: there is no column 'cars'"),
        ("[water]", '[[bridge]]\nname = "B"\nfrom = [-28.0]\nto = [1, 2]\n[water]', "must be [longitude, latitude]"),
    ],
)
def test_what_a_city_file_may_not_say(copy: Path, old: str, new: str, said: str) -> None:
    edit(copy, "city.toml", lambda text: text.replace(old, new, 1))
    report = check(copy)
    assert report.errors
    assert said in "\n".join(map(str, report.problems))
    with pytest.raises(InputError):
        build_city_file(copy / "city.toml", out_dir=copy / "out")
    assert not (copy / "out").exists()


def test_zones_are_enough(copy: Path) -> None:
    """Zones with residents and a feed: no blocks, areas, water, groups or places."""
    (copy / "city.toml").write_text('id = "few"\nname = "Few"\n[[feed]]\nfile = "gtfs"\n[zones]\nfile = "zones.csv"\n')
    report = build_city_file(copy / "city.toml", out_dir=copy / "out")
    assert {"blocks-missing", "groups-missing", "water-unknown"} <= set(codes(report))
    city = load_city(copy / "out")
    assert (len(city.blocks), city.area_kinds, city.groups, len(city.opportunities)) == (24, (), (), 0)
    assert city.zone_neighborhoods().iloc[0] == "Harbor South"
    assert check_pack(copy / "out").problems == ()


def test_maps_of_other_kinds_and_outlines_of_zones(copy: Path, built: tuple[Path, BuildReport]) -> None:
    """Zones as a GeoPackage in metres, without lon and lat: the same outlines, ids as numbers."""
    zones = load_city(built[0]).zones
    numbered = zones.assign(zone_id=range(1, 25))[["zone_id", "name", "residents", "geometry"]]
    gpd.GeoDataFrame(numbered, crs=zones.crs).to_file(copy / "zones.gpkg", layer="zones")
    edit(copy, "city.toml", lambda text: text.replace("zones.csv", "zones.gpkg"))
    report = build_city_file(copy / "city.toml", out_dir=copy / "out")
    assert "zone-shapes-drawn" not in codes(report)
    again = load_city(copy / "out").zones
    assert sorted(again["zone_id"], key=int) == [str(number) for number in range(1, 25)]
    assert int(again["residents"].sum()) == 12_220
    assert again.area.sum() == pytest.approx(zones.area.sum(), rel=1e-6)


def test_what_lies_too_far_is_named(copy: Path) -> None:
    edit(copy, "gtfs/stops.txt", lambda text: text.replace("C1,East South,45.00", "C1,East South,46.00"))
    edit(copy, "zones.csv", lambda text: text + "Z99,Far Farm,-27.9,45.0,40\n")
    found = codes(check(copy))
    assert "C1 at x" in found["stops-outside"]
    assert "zones with 40 residents lie over 1,600 m from every stop" in found["zones-far-from-stops"]
    assert found["zones-without-area"] == "1 zones lie in no ward: left without one"


STREETS = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
{nodes}
{ways}
</osm>
"""


def write_streets(city: City, path: Path, *, west_only: bool = False) -> None:
    """Draw streets every 400 m as OpenStreetMap XML; only the street of route 1 crosses the river."""
    west, south = city.zones["x"].min() - 400, city.zones["y"].min() - 400
    columns = [0, 400, 800, 1200, 1600, 2000] + ([] if west_only else [2800, 3200, 3600, 4000, 4400, 4800])
    rows = [0, 400, 800, 1200, 1600, 2000, 2400, 2800, 3200]
    points = gpd.GeoSeries(
        gpd.points_from_xy([west + x for y in rows for x in columns], [south + y for y in rows for x in columns]),
        crs=city.crs,
    ).to_crs("EPSG:4326")
    nodes = [f'<node id="{n + 1}" lat="{point.y:.7f}" lon="{point.x:.7f}"/>' for n, point in enumerate(points)]
    width = len(columns)

    def way(number: int, refs: list[int]) -> str:
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        return f'<way id="{number}">{inside}<tag k="highway" v="residential"/><tag k="name" v="Street {number}"/></way>'

    lines = [[row * width + column + 1 for row in range(len(rows))] for column in range(width)]
    for row in range(len(rows)):
        whole = [row * width + column + 1 for column in range(width)]
        lines += [whole] if rows[row] == 1200 or west_only else [whole[:6], whole[6:]]
    ways = [way(number, refs) for number, refs in enumerate(lines, start=1000)]
    path.write_text(STREETS.format(nodes="\n".join(nodes), ways="\n".join(ways)), encoding="utf-8")


def test_with_a_street_map_walks_follow_the_streets(copy: Path, amsel: City) -> None:
    write_streets(amsel, copy / "map.osm")
    edit(copy, "city.toml", lambda text: text + '\n[streets]\nfile = "map.osm"\n')
    report = build_city_file(copy / "city.toml", out_dir=copy / "out")
    assert "streets-missing" not in codes(report)
    city = load_city(copy / "out")
    streets = city.load_streets()
    assert streets is not None
    assert "Street 1000" in streets.names
    zones = city.zones.set_index("zone_id")
    a, b = zones.loc["Z02"], zones.loc["Z09"]  # one column east, one row north: about 800 m each way
    ends = [[value] for value in (a.x, a.y, b.x, b.y)]
    along_streets, straight = float(city.walking.distance_m(*ends)[0]), ((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5
    assert along_streets == pytest.approx(abs(a.x - b.x) + abs(a.y - b.y), rel=0.02)
    assert along_streets > 1.3 * straight
    assert check_pack(copy / "out").problems == ()


def test_what_lies_beyond_the_street_map_is_named(copy: Path, amsel: City) -> None:
    write_streets(amsel, copy / "map.osm", west_only=True)
    edit(copy, "city.toml", lambda text: text + '\n[streets]\nfile = "map.osm"\n')
    found = codes(check(copy))
    assert "12 zones lie beyond the street map" in found["zones-beyond-street-map"]


def test_a_street_map_that_is_none_is_refused(copy: Path) -> None:
    (copy / "map.osm").write_text("<html>busy</html>")
    edit(copy, "city.toml", lambda text: text + '\n[streets]\nfile = "map.osm"\n')
    assert "streets-unusable" in codes(check(copy))


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/any-city.md: its first commands, as they stand, one after the other."""
    page = (EXAMPLE.parents[1] / "docs" / "any-city.md").read_text(encoding="utf-8")
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "small-city")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(tmp_path / "cache"))
    commands = [line.split()[1:] for line in page.splitlines() if line.startswith("    workbench ")]
    assert [command[:2] for command in commands] == [["city", "check"], ["city", "build"], ["score", "--city"]]
    for command in commands:
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
    assert "About 8,600 people get at least 10 minutes closer to North East." in done.stdout
    assert "about 8,600 people get at least 10 minutes closer to North East" in " ".join(page.split())


def test_the_smallest_city_file_of_the_page_is_one(copy: Path) -> None:
    page = (EXAMPLE.parents[1] / "docs" / "any-city.md").read_text(encoding="utf-8")
    smallest, groups = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    full = (copy / "city.toml").read_text(encoding="utf-8")
    assert all(line in full for line in groups.splitlines())
    (copy / "city.toml").write_text(smallest, encoding="utf-8")
    assert not check(copy).errors


@pytest.mark.parametrize(
    ("zone", "code", "said"),
    [
        # On the chosen dates in September the Azores have the hour of Greenwich, Paris two hours more
        ("Europe/Paris", "time-zones", "the city is in Atlantic/Azores, gtfs2 in Europe/Paris"),
        ("Etc/UTC", "time-zone-names", "'Etc/UTC': taken as Atlantic/Azores, the same hour on these dates"),
    ],
)
def test_feeds_that_tell_time_differently(copy: Path, zone: str, code: str, said: str) -> None:
    shutil.copytree(copy / "gtfs", copy / "gtfs2")
    edit(copy, "gtfs2/agency.txt", lambda text: text.replace("Atlantic/Azores", zone))
    edit(copy, "city.toml", lambda text: text.replace("[zones]", '[[feed]]\nfile = "gtfs2"\n\n[zones]'))
    report = check(copy)
    assert said in codes(report)[code]
    assert bool(report.errors) == (code == "time-zones")


def test_the_chosen_dates_are_named_when_feeds_share_none(copy: Path) -> None:
    shutil.copytree(copy / "gtfs", copy / "old")
    edit(copy, "old/calendar.txt", lambda text: text.replace("20260901,20270630", "20250901,20260630"))
    edit(copy, "old/calendar_dates.txt", lambda text: text.splitlines()[0] + "\n")
    edit(copy, "city.toml", lambda text: text.replace("[zones]", '[[feed]]\nfile = "old"\n\n[zones]'))
    assert "no date lies within all feeds (gtfs from 2026-09-01" in codes(check(copy))["dates-unusable"]
    edit(copy, "city.toml", lambda text: "mixed_dates = true\n" + text)
    report = check(copy)
    assert not report.errors
    assert "stands in with" in codes(report)["feeds-on-different-dates"]
    assert report.counts["weekday_trips"] == 2 * 270
