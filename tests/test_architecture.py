"""DESIGN section 2 held against the code: who imports whom, where third parties live, what names are allowed."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workbench"

GROUND = {"errors", "clock"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "settings": {"errors"},
    "jobs": {"errors", "clock"},
    "city": GROUND,
    "assembly": GROUND,
    "network": {"city"} | GROUND,
    "scenario": {"city", "network"} | GROUND,
    "scoring": {"city", "network"} | GROUND,
    "yardstick": {"city", "network"} | GROUND,
    "bench": {"city", "network", "scenario", "scoring", "evaluate", "yardstick"} | GROUND,
    "facts": {"city", "network", "scenario", "scoring"} | GROUND,
    "evaluate": {"city", "network", "scenario", "scoring", "facts"} | GROUND,
    "batch": {"city", "network", "scenario", "scoring", "evaluate"} | GROUND,
    "parts": {"city", "network", "scenario", "scoring", "facts", "evaluate"} | GROUND,
    "rides": {"city", "network", "scenario", "scoring", "facts", "evaluate"} | GROUND,
    "departures": {"city", "network", "scenario", "scoring", "evaluate"} | GROUND,
    "sensitivity": {"city", "network", "scenario", "scoring", "evaluate"} | GROUND,
    "why": {"city", "network", "scenario", "scoring", "evaluate", "explain"} | GROUND,
    "explain": {"city", "network", "scenario"} | GROUND,
    "budget": {"city", "network", "scenario", "scoring", "facts", "evaluate"} | GROUND,
    "townhall": {"city", "network", "scenario"} | GROUND,
    "delivery": {"city", "network", "scoring"} | GROUND,
    "storage": {"city", "network", "scenario", "scoring", "evaluate", "townhall", "delivery", "assembly"} | GROUND,
    "publish": {"city", "network", "scenario", "scoring", "evaluate", "townhall", "delivery", "assembly"} | GROUND,
}
EVERYTHING = {"cli", "__main__", "app", "web"}
"""Rooms at the top may import whatever is below them, but not one another, except that `cli` starts the others."""
TOP = {"app", "web"}
FRONT_DOOR = {"city", "network", "scenario", "scoring", "evaluate", "explain"} | {
    "departures",
    "parts",
    "rides",
    "sensitivity",
    "why",
}

HOMES = {
    "numba": {"network/kernels", "network/search.py"},
    "osmium": {"city"},
    "osmnx": {"city"},
    "networkx": {"city"},
    "segno": {"publish"},
    "sqlalchemy": {"storage"},
    "jinja2": {"publish"},
    "folium": {"publish"},
    "panel": {"app"},
    "param": {"app"},
    "bokeh": {"app"},
    "tornado": {"app"},
    "fastapi": {"web"},
    "click": {"cli/"},
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)


def imports(path: Path) -> set[str]:
    """Return every module a file imports, in full."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import our own modules absolutely"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(path: Path) -> str:
    """Return the room a file belongs to: its folder, or its own name at the top."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = room(path)
    rooms = {name.split(".")[1] for name in imports(path) if name.startswith("workbench.")}
    rooms = {name for name in rooms if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()} - {here}
    if here == "__init__":
        assert rooms <= FRONT_DOOR
    elif here in EVERYTHING:
        assert not (rooms & TOP) or here in ("cli", "__main__")
    else:
        assert here in ALLOWED, f"{here} is a new room: it needs a decision record and a line here"
        assert rooms <= ALLOWED[here], f"{here} may not import {sorted(rooms - ALLOWED[here])}"
    if "settings" in rooms:
        assert here in {"cli", "app", "web", "__main__"}, "only the surfaces read settings"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_parties_stay_at_home(path: Path) -> None:
    inside = str(path.relative_to(PACKAGE))
    for name in {name.split(".")[0] for name in imports(path)} & set(HOMES):
        assert any(inside.startswith(home) for home in HOMES[name]), f"{name} does not belong in {inside}"
    if inside.startswith("network/kernels") and path.name != "__init__.py":
        outside = {n.split(".")[0] for n in imports(path)} - {
            "__future__",
            "typing",
            "numpy",
            "numba",
            "math",
            "workbench",
        }
        assert not outside, f"a kernel imports {outside}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_and_sizes(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES
    assert len(path.read_text().splitlines()) <= 500, "split by subject"


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=lambda path: path.name)
def test_a_room_holds_at_most_fifteen_modules(folder: Path) -> None:
    modules = [path.name for path in folder.glob("*.py") if not path.name.startswith("__")]
    assert len(modules) <= 15, f"{folder} holds {len(modules)} modules: divide it by subject"


def test_rooms_list_what_they_offer_in_order() -> None:
    for path in PACKAGE.glob("*/__init__.py"):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{path}: a room opens with a docstring"
        lists = [
            ast.literal_eval(node.value)
            for node in tree.body
            if (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__")
            or (isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "__all__")
        ]
        assert lists, f"{path}: a room lists what it offers"
        names = list(lists[0])
        constants_first = sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
        assert names == constants_first, f"{path}: __all__ is sorted"


def _name(requirement: str) -> str:
    """Return the package a requirement is about."""
    for stop in "<>=![; ":
        requirement = requirement.split(stop)[0]
    return requirement.strip().lower().replace("_", "-")


def test_environment_and_locks_agree_with_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    runtime = [*project["dependencies"], *extras["app"], *extras["publish"]]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    listed = {_name(item): item for item in environment if isinstance(item, str)}
    pip_part = next(item["pip"] for item in environment if isinstance(item, dict))
    listed |= {_name(item): item for item in pip_part}
    wanted = {_name(item): item for item in [*runtime, *extras["dev"]]}
    assert {name: listed.get(name) for name in wanted} == wanted
    assert set(listed) == set(wanted) | {"python", "pip"}
    for lock, needs in (("requirements.lock", runtime), ("requirements-dev.lock", [*runtime, *extras["dev"]])):
        pinned = {_name(line) for line in (ROOT / lock).read_text().splitlines() if "==" in line}
        assert {_name(item) for item in needs} <= pinned
        assert "://" not in (ROOT / lock).read_text(), "a lock names no registry"


def test_locks_pin_the_same_versions() -> None:
    pins = []
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = [line.split(" ")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line]
        pins.append(dict(line.split("==") for line in lines))
    assert pins[0].items() <= pins[1].items()
