"""Writing the site: all or nothing, nobody else's folder, tables that run no formula."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, StorageError
from workbench.publish.files import MANIFEST, render_csv, render_json, write_site

ABOUT = {"made_by": "Assembly Lines workbench 0"}


def read(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_manifest_holds_every_file_with_its_checksum(tmp_path):
    n_bytes = write_site(tmp_path / "out", {"index.html": "<p>é</p>", "data/a.json": "{}"}, about=ABOUT)
    files = read(tmp_path / "out")
    manifest = json.loads(files[MANIFEST])
    assert manifest["made_by"] == "Assembly Lines workbench 0"
    assert set(manifest["files"]) == set(files) - {MANIFEST}
    for name, entry in manifest["files"].items():
        assert entry == {"bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    assert n_bytes == sum(map(len, files.values()))


def test_an_older_site_is_replaced_and_no_file_of_it_stays(tmp_path):
    write_site(tmp_path / "out", {"index.html": "old", "maps/old.html": "old"}, about=ABOUT)
    write_site(tmp_path / "out", {"index.html": "new"}, about=ABOUT)
    assert set(read(tmp_path / "out")) == {"index.html", MANIFEST}
    assert (tmp_path / "out/index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_used_and_missing_parents_are_made(tmp_path):
    (tmp_path / "empty").mkdir()
    write_site(tmp_path / "empty", {"index.html": "x"}, about=ABOUT)
    write_site(tmp_path / "not/yet/there", {"index.html": "x"}, about=ABOUT)
    assert (tmp_path / "not/yet/there/index.html").read_text() == "x"


@pytest.mark.parametrize("with_manifest", [False, True])
def test_a_folder_with_other_files_is_not_touched(tmp_path, with_manifest):
    if with_manifest:
        write_site(tmp_path / "out", {"index.html": "site"}, about=ABOUT)
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out/thesis.txt").write_text("my thesis")
    before = read(tmp_path / "out")
    with pytest.raises(InputError, match="holds other files, must be empty or hold a published site"):
        write_site(tmp_path / "out", {"index.html": "x"}, about=ABOUT)
    assert read(tmp_path / "out") == before


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"made_by": 1, "files": {}}', '{"made_by": "Someone", "files": {}}']
)
def test_a_manifest_of_someone_else_is_no_site_of_ours(tmp_path, manifest):
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match="holds other files"):
        write_site(tmp_path, {"index.html": "x"}, about=ABOUT)


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="is a file, must be a folder"):
        write_site(tmp_path / "out", {"index.html": "x"}, about=ABOUT)


def test_when_the_disk_refuses_the_older_site_stays(tmp_path, monkeypatch):
    write_site(tmp_path / "out", {"index.html": "old"}, about=ABOUT)
    before = read(tmp_path / "out")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StorageError, match="the site cannot be written"):
            write_site(tmp_path / "out", {"index.html": "new"}, about=ABOUT)
    move = Path.replace

    def refuse_new(path, target):
        if path.name == "site":
            full()
        return move(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse_new)
        with pytest.raises(StorageError):
            write_site(tmp_path / "out", {"index.html": "new"}, about=ABOUT)
    assert read(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_numbers_stay_numbers_and_text_runs_no_formula():
    text = render_csv(
        ["name", "-change"], [["=1+1", -3], ["plain", 2.5], ["@SUM(A1)", None], ["+1", 0], ["-1", 1], ["\t=1", 1]]
    )
    assert text.splitlines() == ["name,'-change", "'=1+1,-3", "plain,2.5", "'@SUM(A1),", "'+1,0", "'-1,1", "'\t=1,1"]


@given(st.text())
def test_no_cell_of_any_text_starts_a_formula(name):
    (cell,) = next(csv.reader(io.StringIO(render_csv([name], []), newline="")), [""])
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == name.removeprefix("'") or cell == name


def test_json_holds_no_number_that_is_none():
    with pytest.raises(ValueError, match="not JSON compliant"):
        render_json({"x": float("nan")})
