"""A pack built from live sources instead of wheels: the same tables, other origins, and what is missing is named."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.city.fetch import upstream
from tests.city.small_sources import write_sources
from workbench.city import CITIES, build_city, load_city
from workbench.city.attach.attach import attach_jobs
from workbench.city.build.sources import read_dates, with_dates
from workbench.city.fetch.ground import read_live_ground
from workbench.cli import main
from workbench.errors import InputError


def write_live(folder: Path) -> Path:
    """Write what `city fetch` would have left for the town."""
    upstream.write_open_data(folder / "boundaries")
    upstream.write_acs(folder / "census")
    for county in ("001", "002"):
        (folder / "census" / f"people_36{county}.json").write_text(json.dumps(upstream.people_answer(county)))
        upstream.write_blocks(folder / "tiger", county)
    (folder / "lodes").mkdir()
    for name, content in upstream.lodes_files().items():
        (folder / "lodes" / name).write_bytes(content)
    return folder


def test_a_pack_is_built_from_live_sources_alone_and_gets_its_jobs(tmp_path: Path) -> None:
    live = write_live(tmp_path / "live")
    spec = write_sources(tmp_path)
    (tmp_path / "town_geo-1.0-py3-none-any.whl").unlink()
    (tmp_path / "town_people-1.0-py3-none-any.whl").unlink()
    built = build_city("town", out_dir=tmp_path / "pack", gtfs_dir=tmp_path, live_dir=live, spec=spec)
    city = load_city(tmp_path / "pack", verify=True)
    assert city.zones["zone_id"].tolist() == ["36001000100", "36001000200", "36002000100", "36002000200"]
    assert city.zones["residents"].tolist() == [400, 400, 400, 0]
    assert len(city.blocks) == 12
    # 100 of 500 in each of two tracts, margin 30 each: by neighborhood 0.2 and sqrt(30² + 30²) / 1000
    assert city.group_shares.loc["WE0101", ["poverty", "poverty_moe"]].tolist() == [0.2, 0.04243]
    assert np.isnan(city.group_shares.loc["EA0191", "poverty"])
    origins = {source.layer: source.name for source in city.sources}
    assert origins["people"].startswith("US Census Bureau, Census 2020")
    days = [city.load_timetable(service).service_date for service in ("weekday", "saturday", "sunday")]
    assert [day.weekday() for day in days][1:] == [5, 6]
    assert days[0].weekday() in (1, 2, 3)
    vintage = next(source.vintage for source in city.sources if source.layer == "timetable")
    assert vintage == ", ".join(day.isoformat() for day in days), "typical days were chosen, and are told"
    assert {"areas-without-shape", "blocks-without-residents", "margins-none", "date-chosen"} <= {
        p.code for p in built.problems
    }
    attach_jobs(tmp_path / "pack", live / "lodes" / "ny_wac_S000_JT00_2023.csv.gz", out_dir=tmp_path / "pack")
    jobs = load_city(tmp_path / "pack", verify=True).jobs
    assert jobs is not None
    assert jobs.tolist() == [10, 20, 30, 40]


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        ("census/people_*", "has no residents by block; `workbench city fetch nyc --only census` gets them"),
        ("tiger/*.zip", "has no places of census blocks; `workbench city fetch nyc --only tiger` gets them"),
        ("census/acs_profile.json", "acs_profile.json is not in .*--only census` gets it"),
        ("boundaries/nta.geojson", "nta.geojson is not in .*--only nyc-boundaries` gets it"),
    ],
)
def test_what_was_not_downloaded_is_named_with_the_command(tmp_path: Path, gone: str, what: str) -> None:
    live = write_live(tmp_path / "live")
    for path in live.glob(gone):
        path.unlink()
    with pytest.raises(InputError, match=what):
        read_live_ground(write_sources(tmp_path), live)


def test_other_dates_are_told_and_checked() -> None:
    spec = with_dates(CITIES["nyc"], read_dates("2026-12-02, 2026-12-05,2026-12-06"))
    assert dict(spec.dates) == {
        "weekday": dt.date(2026, 12, 2),
        "saturday": dt.date(2026, 12, 5),
        "sunday": dt.date(2026, 12, 6),
    }
    assert spec.sources[0].vintage == "2026-12-02, 2026-12-05, 2026-12-06"
    for text, what in (
        ("2026-12-02", "must be three"),
        ("2026-12-02,2026-12-05,tomorrow", "date 'tomorrow' must be like 2026-12-02"),
        ("2026-12-05,2026-12-05,2026-12-06", "date 2026-12-05 is a Saturday, must be a weekday"),
    ):
        with pytest.raises(InputError, match=what):
            read_dates(text)


def test_the_command_wants_wheels_or_live_sources(tmp_path: Path) -> None:
    both = ["--live", str(tmp_path), "--wheels", str(tmp_path), "--gtfs", str(tmp_path)]
    for options, what in ((both, "give one of them"), ([], "needs --gtfs and --wheels, or --live")):
        done = CliRunner().invoke(main, ["city", "build", "nyc", "--out", str(tmp_path / "pack"), *options])
        assert done.exit_code == 2
        assert what in done.output
