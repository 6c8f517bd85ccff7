"""All live files of a city at once: what cannot be had does not stop the rest, and is told with what a pack lacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from tests.city.fetch import upstream
from tests.city.fetch.server import Server
from workbench.city.fetch.addresses import LiveFile, live_files, own_feeds, us_files
from workbench.city.fetch.content import Kind
from workbench.city.fetch.download import DownloadParams, How
from workbench.city.fetch.live import FetchReport, choose_files, fetch_files
from workbench.cli import main
from workbench.errors import InputError, NotFoundError

PARAMS = DownloadParams(connect_s=1.0, read_s=1.0, n_tries=2, backoff_s=0.0)


def lodes_and_feed(server: Server, sources: Path) -> tuple[LiveFile, ...]:
    """Return the LODES files and a feed of New York, with addresses on this machine."""
    for name, content in upstream.lodes_files().items():
        server.put(content, f"/{name}", etag=f'"{name}"')
    server.put((sources / "bus_a.zip").read_bytes(), "/subway.zip", etag='"feed"')
    wanted = [file for file in live_files("nyc") if file.dataset == "lodes" or file.path == "gtfs/subway.zip"]
    return tuple(replace(file, url=server.url(f"/{Path(file.path).name}")) for file in wanted)


def fetch(files: tuple[LiveFile, ...], folder: Path) -> FetchReport:
    return fetch_files(files, folder, params=PARAMS, sleep=lambda _: None)


def test_every_address_is_https_and_has_all_it_should_tell() -> None:
    files = live_files("nyc", census_key="SECRET")
    assert len({file.path for file in files}) == len(files) == 30
    for file in files:
        assert file.url.startswith("https://")
        assert all((file.dataset, file.name, file.vintage, file.licence, file.without))
        assert not Path(file.path).is_absolute()
        assert ".." not in file.path
        assert ("SECRET" in file.url) is (file.dataset == "census")
    assert not any("key=" in file.url for file in live_files("nyc"))
    assert {file.path for file in files if file.is_feed} >= {"gtfs/subway.zip", "gtfs/bus_busco.zip"}
    with pytest.raises(NotFoundError, match="no live sources are known for 'rome'"):
        live_files("rome")


def test_the_census_files_of_any_place_in_the_usa() -> None:
    files = us_files("DC", ("001",), lodes_year=2022)
    assert [file.path for file in files] == [
        "tiger/cb_2020_11_tract_500k.zip",
        "tiger/tl_2020_11001_tabblock20.zip",
        "census/acs_detail.json",
        "census/acs_profile.json",
        "census/people_11001.json",
        "lodes/lodes_dc.sha256sum",
        "lodes/dc_wac_S000_JT00_2022.csv.gz",
        "lodes/dc_od_main_JT00_2022.csv.gz",
    ]
    assert "/STATE/11_DISTRICT_OF_COLUMBIA/11001/" in files[1].url
    assert "in=state:11+county:001" in files[2].url
    with pytest.raises(InputError, match="state 'xx' must be two letters"):
        us_files("xx", ("001",))
    with pytest.raises(InputError, match="three digits, as 061,047; found '61'"):
        us_files("ny", ("61",))


def test_the_feeds_have_the_names_the_build_looks_for() -> None:
    from workbench.city import CITIES

    assert {f"gtfs/{feed}.zip" for feed in CITIES["nyc"].feeds} <= {file.path for file in live_files("nyc")}


def test_sources_are_chosen_by_name() -> None:
    files = live_files("nyc")
    assert choose_files(files, "") == files
    assert {file.dataset for file in choose_files(files, "lodes, tiger")} == {"lodes", "tiger"}
    with pytest.raises(
        InputError, match="moon: not a live source; there are mta-gtfs, nyc-boundaries, tiger, census, lodes"
    ):
        choose_files(files, "lodes,moon")


def test_any_feed_can_be_named() -> None:
    (file,) = own_feeds(["town=https://example.org/gtfs?x=1"])
    assert (file.path, file.url, file.kind, file.is_feed) == (
        "gtfs/town.zip",
        "https://example.org/gtfs?x=1",
        Kind.ZIP,
        True,
    )
    for wrong in ("https://example.org/gtfs.zip", "../x=https://example.org", "town=", "town=ftp://example.org/f.zip"):
        with pytest.raises(InputError):
            own_feeds([wrong])


def test_everything_is_fetched_checked_and_not_sent_twice(server: Server, sources: Path, tmp_path: Path) -> None:
    files = lodes_and_feed(server, sources)
    first = fetch(files, tmp_path)
    assert first.missing == ()
    assert {got.how for _, got in first.fetched} == {How.NEW}
    assert (tmp_path / "gtfs" / "subway.zip").read_bytes() == (sources / "bus_a.zip").read_bytes()
    assert {got.how for _, got in fetch(files, tmp_path).fetched} == {How.UNCHANGED}


def test_a_table_that_is_not_what_the_publisher_lists_is_taken_away(
    server: Server, sources: Path, tmp_path: Path
) -> None:
    files = lodes_and_feed(server, sources)
    name = "ny_wac_S000_JT00_2023.csv.gz"
    server.put(upstream.lodes_files()["ny_od_main_JT00_2023.csv.gz"], f"/{name}")
    done = fetch(files, tmp_path)
    (gap,) = done.missing
    assert f"{name} has another sha256" in gap.why
    assert gap.file.without == "jobs"
    assert not (tmp_path / "lodes" / name).exists()
    assert len(done.fetched) == 3


def test_a_zip_that_is_no_feed_is_taken_away(server: Server, sources: Path, tmp_path: Path) -> None:
    files = lodes_and_feed(server, sources)
    server.put((sources / "town_geo-1.0-py3-none-any.whl").read_bytes(), "/subway.zip")
    (gap,) = fetch(files, tmp_path).missing
    assert "subway.zip is no GTFS feed: stops.txt, routes.txt, trips.txt, stop_times.txt is missing" in gap.why
    assert list((tmp_path / "gtfs").iterdir()) == []


def test_one_missing_file_does_not_stop_the_others(server: Server, sources: Path, tmp_path: Path) -> None:
    files = lodes_and_feed(server, sources)
    del server.pages["/subway.zip"]
    done = fetch(files, tmp_path)
    assert [(gap.file.path, gap.skipped) for gap in done.missing] == [("gtfs/subway.zip", False)]
    assert len(done.fetched) == 3


def test_a_host_that_is_down_is_asked_once_and_old_copies_stay(server: Server, sources: Path, tmp_path: Path) -> None:
    files = lodes_and_feed(server, sources)
    fetch(files, tmp_path)
    for page in server.pages.values():
        page.statuses = [503] * 9
    asked = len(server.asked)
    done = fetch(files, tmp_path)
    assert len(server.asked) == asked + PARAMS.n_tries
    assert [gap.skipped for gap in done.missing] == [False, True, True, True]
    assert all(gap.kept for gap in done.missing)
    assert all("answered 503" in gap.why for gap in done.missing)


def test_an_interrupted_run_goes_on_where_it_was(server: Server, sources: Path, tmp_path: Path) -> None:
    files = lodes_and_feed(server, sources)

    def stop_at_second(share: float, _text: str) -> None:
        if share > 1 / len(files):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_files(files, tmp_path, params=PARAMS, report=stop_at_second)
    done = fetch(files, tmp_path)
    assert done.missing == ()
    assert done.fetched[0][1].how is How.UNCHANGED


def test_two_downloads_into_one_folder_do_not_meet(server: Server, sources: Path, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".fetching.lock"), pytest.raises(InputError, match="another download into this folder"):
        fetch(lodes_and_feed(server, sources), tmp_path)


def test_the_command_says_what_came_and_what_did_not(server: Server, sources: Path, tmp_path: Path) -> None:
    server.put((sources / "bus_a.zip").read_bytes(), "/a.zip")
    options = ["--gtfs-url", f"bus_a={server.url('/a.zip')}", "--gtfs-url", f"bus_b={server.url('/b.zip')}"]
    done = CliRunner().invoke(main, ["city", "fetch", "--out", str(tmp_path / "live"), *options])
    assert done.exit_code == 1, done.output
    assert "gtfs/bus_a.zip: downloaded, " in done.output
    assert "gtfs/bus_b.zip: 127.0.0.1: has no /b.zip (404)" in done.output
    assert "Without 127.0.0.1 a pack lacks the timetable of bus_b." in done.output
    assert "1 of 2 files are in" in done.output
    assert (tmp_path / "live" / "gtfs" / "bus_a.zip").is_file()


def test_the_command_lists_addresses_without_the_key(tmp_path: Path) -> None:
    options = ["--out", str(tmp_path / "live"), "--only", "census", "--dry-run", "--census-key", "SECRET"]
    done = CliRunner().invoke(main, ["city", "fetch", "nyc", *options])
    assert done.exit_code == 0, done.output
    assert "census/acs_detail.json  https://api.census.gov/data/2023/acs/acs5?get=" in done.output
    assert "SECRET" not in done.output
    assert not (tmp_path / "live").exists()
