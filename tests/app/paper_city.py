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
from shapely.geometry import LineString, Point, box, mapping

from tests.scenes import BLOCK_M, CRS, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.city.city import City

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
    return dataclasses.replace(city, name="Paper City", bounds_lonlat=bounds, layers=_write_layers(city, grid, folder))


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
    street = LineString([grid.xy(0, 6), grid.xy(COLUMNS * STEP, 6)])
    frames = {
        "land": halves[["name", "geometry"]],
        "zones": squares[["name", "borough", "nta_name", "geometry"]],
        "streets": gpd.GeoDataFrame({"rank": [1]}, geometry=[street], crs=CRS),
        "labels": gpd.GeoDataFrame(
            {"name": ["West", "East"], "kind": ["borough", "borough"], "rank": [1, 1]},
            geometry=[Point(*grid.xy(8, 12)), Point(*grid.xy(26, 12))],
            crs=CRS,
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, frame in frames.items():
        rows = frame.to_crs("EPSG:4326")
        properties = rows.drop(columns="geometry").to_dict("records")
        features = [
            {"type": "Feature", "id": number, "properties": row, "geometry": mapping(shape)}
            for number, (row, shape) in enumerate(zip(properties, rows.geometry, strict=True))
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        written[name] = folder / f"{name}.geojson.gz"
        written[name].write_bytes(gzip.compress(text.encode(), mtime=0))
    return written


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
