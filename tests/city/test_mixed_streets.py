from __future__ import annotations

import gzip
import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from tests.city.conftest import Town
from tests.city.osm_scene import CRS, X, Y, write_json
from workbench.city import build_city, build_city_file, describe_city, load_city
from workbench.city.build.real_streets import OSM_NAME, OsmSource, add_real_streets, open_osm
from workbench.city.credit import data_credit
from workbench.city.streets import StreetGraph
from workbench.city.streets.mixed import join_streets, street_lines
from workbench.city.streets.osm.overpass import Overpass
from workbench.city.streets.osm.to_graph import read_osm
from workbench.city.streets.reach import covered_area
from workbench.city.streets.walking import StreetWalking
from workbench.cli import main
from workbench.errors import FetchError, InputError

ROOT = Path(__file__).parents[2]


def derived(lines: list[list[tuple[float, float]]]) -> StreetGraph:
    """A derived graph whose lines meet at their ends."""
    placed = [np.array(line, dtype=np.float64) + np.array([X, Y]) for line in lines]
    ends = np.array([line[[0, -1]] for line in placed]).reshape(-1, 2)
    nodes, node_ix = np.unique(ends, axis=0, return_inverse=True)
    node_ix = node_ix.reshape(-1, 2).astype(np.int32)
    n = len(lines)
    return StreetGraph(
        node_x=nodes[:, 0], node_y=nodes[:, 1], edge_from=node_ix[:, 0], edge_to=node_ix[:, 1],
        line_indptr=np.cumsum([0, *map(len, placed)]).astype(np.int32), line_xy=np.concatenate(placed),
        edge_rank=np.full(n, 2, dtype=np.int8), edge_oneway=np.zeros(n, dtype=np.int8),
        edge_walk=np.ones(n, dtype=np.bool_), edge_drive=np.ones(n, dtype=np.bool_),
        edge_name=np.zeros(n, dtype=np.int32), names=("Derived Street",), edge_real=np.zeros(n, dtype=np.bool_),
        edge_layer=np.zeros(n, dtype=np.int8),
    )  # fmt: skip


def grid(west: float, south: float, n: int, step_m: float = 200.0) -> tuple[dict[int, tuple[float, float]], dict]:
    """A real street grid of n x n corners: Row Street 0, 1, ... and column streets without a name."""
    nodes = {
        100 * row + column + 1: (west + step_m * column, south + step_m * row)
        for row in range(n)
        for column in range(n)
    }
    ways = {
        row + 1: (
            [100 * row + column + 1 for column in range(n)],
            {"highway": "residential", "name": f"Row Street {row}"},
        )
        for row in range(n)
    }
    ways |= {
        1000 + column: ([100 * row + column + 1 for row in range(n)], {"highway": "tertiary"}) for column in range(n)
    }
    return nodes, ways


def test_the_area_closes_gaps_and_cuts_tongues() -> None:
    lines = [np.array([[0, y], [2000, y]], dtype=np.float64) for y in range(0, 2001, 200) if y not in (800, 1000)]
    lines += [np.array([[x, 0], [x, 2000]], dtype=np.float64) for x in (0, 2000)]  # a park in the middle
    bridge = np.array([[2000, 1000], [4000, 1000]], dtype=np.float64)
    area = covered_area([*lines, bridge])
    assert area.geom_type == "Polygon"
    assert not area.interiors
    assert area.contains(shapely.box(0, 0, 2000, 2000))
    assert shapely.box(-90, -90, 2300, 2090).contains(area)  # the bridge counts for its first metres only
    assert covered_area([]).is_empty
    assert covered_area([bridge]).is_empty


def test_derived_streets_stay_outside_and_are_joined(tmp_path: Path) -> None:
    nodes, ways = grid(0, 0, 6)  # real from 0 to 1000 m
    real = read_osm(write_json(tmp_path / "a.json", nodes, ways), CRS).graph
    # one derived street leads from the middle of the real ones to 3000 m, one lies far away, one is inside
    old = derived([[(500, 210), (2000, 210)], [(2000, 210), (3000, 210)], [(100, 500), (900, 500)]])
    mixed = join_streets(real, old)
    assert mixed.n_edges == real.n_edges + 3
    assert mixed.edge_real.tolist() == [True] * real.n_edges + [False] * 3
    assert not mixed.is_real
    assert mixed.real_area == real.real_area
    length_m = mixed.edge_length_m()[real.n_edges :]
    # cut 50 to 90 m beyond the last real corner (cells of 20 m), and joined to it: (1000, 200)
    assert 910 < length_m[0] < 950
    assert length_m[1] == 1000
    assert 50 < length_m[2] < 90
    assert mixed.names == ("Derived Street", *real.names)
    joint = real.n_edges + 2
    assert (mixed.node_x[mixed.edge_to[joint]] - X, mixed.node_y[mixed.edge_to[joint]] - Y) == (1000, 200)
    links = csr_matrix((np.ones(mixed.n_edges), (mixed.edge_from, mixed.edge_to)), shape=(mixed.n_nodes, mixed.n_nodes))
    assert connected_components(links, directed=False)[0] == 1
    lines = street_lines(mixed)
    for ends, point in ((mixed.edge_from, 0), (mixed.edge_to, -1)):
        assert np.array_equal(shapely.get_x(shapely.get_point(lines, point)), mixed.node_x[ends])


def test_real_streets_that_lead_out_are_not_there_twice(tmp_path: Path) -> None:
    nodes, ways = grid(0, 0, 6)
    nodes[900] = (3000.0, 400.0)
    ways[900] = ((206, 900), {"highway": "primary", "name": "Long Bridge", "bridge": "yes"})
    nodes[206] = (1000.0, 400.0)
    real = read_osm(write_json(tmp_path / "a.json", nodes, ways), CRS).graph
    mixed = join_streets(real, derived([[(500, 405), (3000, 405)], [(3000, 405), (4000, 405)]]))
    left = [line for line, is_real in zip(street_lines(mixed), mixed.edge_real, strict=True) if not is_real]
    # beside the bridge nothing is left; beyond its end the derived street goes on, joined to it
    assert all(line.bounds[0] >= X + 2999 for line in left)
    assert sum(line.length for line in left) == pytest.approx(1000, abs=30)


@pytest.fixture(scope="module")
def real_town(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented town with real streets in its western borough: every 200 m, 0 to 2000 m."""
    folder = tmp_path_factory.mktemp("real")
    nodes, ways = grid(0, 0, 11)
    file = write_json(folder / "west.json", nodes, ways)
    report = build_city(
        "town",
        gtfs_dir=town.sources,
        wheels_dir=town.sources,
        out_dir=folder / "pack",
        spec=town.spec,
        osm=OsmSource(file),
    )
    assert report.counts["zones_with_real_streets"] == 2
    return folder / "pack"


def test_a_pack_with_real_streets_walks_along_them(real_town: Path) -> None:
    city = load_city(real_town, verify=True)
    assert isinstance(city.walking, StreetWalking)
    place = np.array([[X + 100, Y], [X + 500, Y + 300]])  # on Row Street 0 and on a column street
    walked = city.walking.distance_m(*place[:1].T, *place[1:].T)
    assert walked.tolist() == pytest.approx([300 + 300 + 0 + 2 * 50], abs=101)
    graph = city.load_streets()
    assert graph is not None
    assert {"Row Street 0", "Row Street 10"} <= set(graph.names)
    assert graph.edge_real.sum() == 220
    # in the other borough nothing has changed
    east = np.array([[X + 3000, Y + 500], [X + 3400, Y + 900]])
    assert city.walking.distance_m(*east[:1].T, *east[1:].T) == city.walking.estimate.distance_m(
        *east[:1].T, *east[1:].T
    )


def test_a_pack_says_where_its_streets_are_real(real_town: Path, town: Town) -> None:
    city = load_city(real_town)
    said = describe_city(city)
    assert f"streets: {OSM_NAME}" in said
    assert "ODbL 1.0" in said
    assert (
        "Walks between two places in reach of real streets follow them (2 of 4 zones with 67% of the residents)" in said
    )
    manifest = tomllib.loads((real_town / "manifest.toml").read_text())
    assert "west.json" in manifest["inputs"]
    assert manifest["file"]["streets.npz.xz"]["licence"].startswith("ODbL 1.0")
    assert city.version != town.city().version


def test_the_map_shows_real_streets_once(real_town: Path) -> None:
    features = json.loads(gzip.decompress((real_town / "layers" / "streets.geojson.gz").read_bytes()))["features"]
    named = [feature for feature in features if feature["properties"].get("name", "").startswith("Row Street")]
    assert len(named) == 11  # pieces of one street are one feature
    assert {feature["properties"]["rank"] for feature in named} == {3}


def test_the_same_file_gives_the_same_pack(real_town: Path, town: Town, tmp_path: Path) -> None:
    nodes, ways = grid(0, 0, 11)
    osm = OsmSource(write_json(tmp_path / "west.json", nodes, ways))
    build_city("town", gtfs_dir=town.sources, wheels_dir=town.sources, out_dir=tmp_path / "p", spec=town.spec, osm=osm)
    assert (tmp_path / "p" / "manifest.toml").read_bytes() == (real_town / "manifest.toml").read_bytes()


def test_a_bad_file_is_found_before_the_long_work(town: Town, tmp_path: Path) -> None:
    told: list[str] = []
    with pytest.raises(InputError, match="there is no such file"):
        build_city(
            "town",
            gtfs_dir=town.sources,
            wheels_dir=town.sources,
            out_dir=tmp_path / "out",
            spec=town.spec,
            osm=OsmSource(tmp_path / "none.osm.pbf"),
            report=lambda _share, text: told.append(text),
        )
    assert told == []
    assert not (tmp_path / "out").exists()


def test_a_server_that_is_not_there_is_found_before_the_long_work() -> None:
    with pytest.raises(FetchError, match=r"OpenStreetMap server 127\.0\.0\.1:9 cannot be reached"):
        open_osm(OsmSource(None, Overpass("http://127.0.0.1:9/api", timeout_s=1.0)))
    assert open_osm(None) is None


def test_without_a_source_nothing_changes() -> None:
    contents = object()
    assert add_real_streets(contents, None, None, report=lambda *_: None) is contents  # type: ignore[arg-type]


def test_the_command(tmp_path: Path) -> None:
    runner = CliRunner()
    city = str(ROOT / "examples" / "small-city" / "city.toml")
    out = ["--out", str(tmp_path / "out")]
    for options, words in (
        (["--osm", "x.json"], "--osm and --overpass need --streets osm"),
        (["--streets", "osm", "--osm", "x.json", "--overpass", "http://x"], "give one of them"),
        (["--streets", "osm", "--osm", str(tmp_path / "x.json")], "there is no such file"),
        (
            ["--streets", "osm", "--overpass", "http://127.0.0.1:9/api"],
            "OpenStreetMap server 127.0.0.1:9 cannot be reached",
        ),
    ):
        result = runner.invoke(main, ["city", "build", city, *out, *options])
        assert result.exit_code != 0
        assert words in result.output + result.stderr, result.output
    assert not (tmp_path / "out").exists()


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    """The commands of docs/real-streets.md, from the invented streets to a score."""
    page = (ROOT / "docs" / "real-streets.md").read_text()
    build, score = (
        line.split()[1:] for line in page.splitlines() if line.startswith("    workbench ") and "small-city" in line
    )
    runner = CliRunner()

    def run(words: list[str]) -> str:
        here = [str(ROOT / word) if word.startswith("examples/") else word for word in words]
        here = [str(tmp_path / "amsel") if word == "amsel" else word for word in here]
        result = runner.invoke(main, here, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    assert "zones_with_real_streets: 24" in run(build)
    city = load_city(tmp_path / "amsel")
    assert isinstance(city.walking, StreetWalking)
    graph = city.load_streets()
    assert graph is not None
    assert graph.is_real
    assert "Market Bridge" in graph.names
    assert data_credit(city.sources).endswith(OSM_NAME)
    assert "people can walk to a stop of this route" in run([*score, "--cache-dir", str(tmp_path / "cache")])


def test_a_city_file_with_streets_takes_no_others(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "small-city", tmp_path / "city")
    file = tmp_path / "city" / "city.toml"
    file.write_text(file.read_text() + '\n[streets]\nfile = "streets.osm"\n')
    with pytest.raises(InputError, match=r"city\.toml: names its own \[streets\]; leave out --streets"):
        build_city_file(file, out_dir=tmp_path / "out", osm=OsmSource(tmp_path / "city" / "streets.osm"))
    build_city_file(file, out_dir=tmp_path / "out")
    assert isinstance(load_city(tmp_path / "out").walking, StreetWalking)
