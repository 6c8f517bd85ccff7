"""Ballots from a CSV file."""

import pytest

from workbench.assembly import Ballot, ranking_from_text, read_ballots
from workbench.errors import BallotError, InputError

PROPOSALS = {"a1": "Fordham Road", "a2": "Jamaica = Flushing", "a3": "Hylan Boulevard"}


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "ballots.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_ballots_are_read_by_id_and_by_name(tmp_path):
    path = write(
        tmp_path, "ballot_id,ranking\n17,a1 > a2 = a3\n18,fordham road > A3\n19,Jamaica = Flushing\n\n20,blank\n"
    )
    assert read_ballots(path, PROPOSALS) == (
        Ballot("17", ranking_from_text("a1 > a2 = a3")),
        Ballot("18", ranking_from_text("a1 > a3")),
        Ballot("19", ranking_from_text("a2")),
        Ballot("20", ()),
    )


def test_a_file_from_a_spreadsheet_with_byte_order_mark_and_other_columns(tmp_path):
    path = write(tmp_path, "Table,Ranking\r\n4,a1\r\n", "utf-8-sig")
    assert read_ballots(path, PROPOSALS) == (Ballot("row-2", ranking_from_text("a1")),)


def test_every_bad_row_is_named(tmp_path):
    path = write(
        tmp_path,
        "ballot_id,ranking\n1,a1 > a9\n2,\n3,a1 > > a2\n3,a1\n4,a1\n4,a2\n5,a1 > Fordham Road\n6,a1 = Fordham Road\n",
    )
    with pytest.raises(BallotError) as caught:
        read_ballots(path, PROPOSALS)
    lines = str(caught.value).splitlines()
    assert len(lines) == 6
    assert "row 2" in lines[0]
    assert "'a9'" in lines[0]
    assert "row 3" in lines[1]
    assert "ranking is empty" in lines[1]
    assert "row 4" in lines[2]
    assert "empty place" in lines[2]
    assert "row 7" in lines[3]
    assert "in row 6 already" in lines[3]
    assert "row 8" in lines[4]
    assert "names 'a1' again" in lines[4]
    assert "row 9" in lines[5]
    assert "by its id and by its name" in lines[5]


def test_many_bad_rows_are_counted(tmp_path):
    path = write(tmp_path, "ranking\n" + "a9\n" * 100)
    with pytest.raises(BallotError, match="80 more problems"):
        read_ballots(path, PROPOSALS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the columns are nothing"),
        (b"name,vote\n1,2\n", "the columns are name, vote; one must be called ranking"),
        (b"ranking\n\xff\n", "is not UTF-8"),
        (b'ranking\n"a1\n', "is not a CSV row"),
    ],
)
def test_a_file_that_is_no_ballot_file_is_refused(tmp_path, content, message):
    path = tmp_path / "ballots.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_ballots(path, PROPOSALS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: the ballots cannot be read"):
        read_ballots(tmp_path / "none.csv", PROPOSALS)
