"""A paper city to draw on: 12 x 8 blocks of people, one bus in the north, map layers like those of a real pack.

python -m tests.app.paper_city PORT FOLDER      serves it until it is stopped
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box, mapping

from tests.scenes import BLOCK_M, CRS, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.city.city import City, Source

COLUMNS, ROWS, STEP = 12, 8, 3
"""Zones stand every 600 m, 12 to the east and 8 to the north."""
RESIDENTS = 1000


def paper_city(folder: Path) -> City:
    """Return the city; its layers are written to `folder`."""
    grid = GridCity(size=(COLUMNS * STEP, ROWS * STEP))
    for row in range(ROWS):
        for column in range(COLUMNS):
            grid.zone(f"z{column}-{row}", column * STEP, row * STEP, residents=RESIDENTS)
    north = [f"N{column}" for column in range(COLUMNS)]
    for column, name in enumerate(north):
        grid.stop(name, column * STEP, (ROWS - 1) * STEP)
    grid.route("N1", north, first_s=6 * 3600, headway_s=600, n_trips=30, hop_s=90)
    grid.route("N1b", north[::-1], first_s=6 * 3600, headway_s=600, n_trips=30, hop_s=90)
    city = grid.city("paper")
    east, north_edge = grid.xy(COLUMNS * STEP, ROWS * STEP)
    frame = box(ORIGIN_X - BLOCK_M, ORIGIN_Y - BLOCK_M, east, north_edge)
    bounds = tuple(gpd.GeoSeries([frame], crs=CRS).to_crs("EPSG:4326").total_bounds)
    layers = _write_layers(city, grid, folder)
    sources = (Source("timetable", "Paper Transit", "2026", "free"),)
    return dataclasses.replace(city, name="Paper City", bounds_lonlat=bounds, layers=layers, sources=sources)


def lonlat(column: float, row: float) -> tuple[float, float]:
    """Return the place of a square of the paper."""
    x, y = GridCity().xy(column, row)
    point = gpd.GeoSeries([Point(x, y)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    return float(point.x), float(point.y)


def _write_layers(city: City, grid: GridCity, folder: Path) -> dict[str, Path]:
    """Write land, zones, labels and streets like a real pack: gzipped GeoJSON in lon/lat."""
    halves = city.areas["borough"]
    squares = city.zones.copy()
    squares["geometry"] = [
        box(x - 300, y - 300, x + 300, y + 300) for x, y in zip(squares["x"], squares["y"], strict=True)
    ]
    frames = {
        "land": halves[["name", "geometry"]],
        "zones": squares[["name", "borough", "nta_name", "geometry"]],
        **_lines(grid),
        **_points(grid),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, frame in frames.items():
        rows = frame.to_crs("EPSG:4326")
        records = rows.drop(columns="geometry").to_dict("records")
        properties = [{name: value for name, value in row.items() if pd.notna(value)} for row in records]
        features = [
            {"type": "Feature", "id": number, "properties": row, "geometry": mapping(shape)}
            for number, (row, shape) in enumerate(zip(properties, rows.geometry, strict=True))
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        written[name] = folder / f"{name}.geojson.gz"
        written[name].write_bytes(gzip.compress(text.encode(), mtime=0))
    return written


def _lines(grid: GridCity) -> dict[str, gpd.GeoDataFrame]:
    """One street with a name, one subway track with two routes, the bus in the north, a park in the south-west."""

    def along(row: float) -> LineString:
        return LineString([grid.xy(0, row), grid.xy(COLUMNS * STEP, row)])

    park = box(*grid.xy(1, 1), *grid.xy(4, 4))
    return {
        "streets": gpd.GeoDataFrame({"rank": [1], "name": ["Paper Street"]}, geometry=[along(6)], crs=CRS),
        "subway": gpd.GeoDataFrame(
            {"routes": ["1 2"], "color": ["#d82233"], "offset": [0.0]}, geometry=[along(10)], crs=CRS
        ),
        "bus": gpd.GeoDataFrame(
            {"route": ["N1"], "name": ["N1"], "color": ["#00aeef"]}, geometry=[along((ROWS - 1) * STEP)], crs=CRS
        ),
        "parks": gpd.GeoDataFrame({"name": ["Paper Park"], "kind": ["park"]}, geometry=[park], crs=CRS),
    }


def _points(grid: GridCity) -> dict[str, gpd.GeoDataFrame]:
    """A station, the stops of the bus, and names; one of them known in Spanish too."""
    names = [("West", "borough", 8, 12), ("Old Paper", "neighborhood", 8, 2), ("Paper Bay", "water", 36, 15)]
    stops = [(f"N{column}", column * STEP, (ROWS - 1) * STEP) for column in range(COLUMNS)]
    return {
        "stations": gpd.GeoDataFrame(
            {"name": ["Middle"], "mode": ["subway"], "lines": ["1#d82233 2#d82233"], "rank": [2]},
            geometry=[Point(*grid.xy(18, 10))],
            crs=CRS,
        ),
        "stops": gpd.GeoDataFrame(
            {"stop_id": [name for name, _, _ in stops], "name": [name for name, _, _ in stops], "mode": "bus"},
            geometry=[Point(*grid.xy(column, row)) for _, column, row in stops],
            crs=CRS,
        ),
        "labels": gpd.GeoDataFrame(
            {
                "name": ["East", *(name for name, _, _, _ in names)],
                "name:es": ["Este", None, None, None],
                "kind": ["borough", *(kind for _, kind, _, _ in names)],
                "rank": [1, 1, 2, 2],
                "min_zoom": [8, 8, 11, 9],
            },
            geometry=[Point(*grid.xy(26, 12)), *(Point(*grid.xy(column, row)) for _, _, column, row in names)],
            crs=CRS,
        ),
    }


def main() -> None:
    """Serve the paper city."""
    from workbench.app.serve import serve

    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    serve(
        paper_city(folder / "layers"),
        storage_url=f"sqlite:///{folder / 'workbench.db'}",
        cache_dir=folder / "cache",
        port=port,
        threads=2,
    )


if __name__ == "__main__":
    main()
