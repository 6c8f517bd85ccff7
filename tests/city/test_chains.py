from __future__ import annotations

import itertools

import numpy as np

from workbench.city.streets.derived.chains import join_chains


def joined(pieces: list[tuple[int, int]], alike: str = "", directed: str = "") -> list[str]:
    """Join pieces; letters of `alike` tell streets apart, `>` in `directed` marks pieces with a direction."""
    a, b = np.array(pieces, dtype=np.int64).T
    kinds = np.array([ord(letter) for letter in alike or "x" * len(pieces)], dtype=np.int64)
    has_direction = np.array([mark == ">" for mark in directed or "-" * len(pieces)])
    nodes, indptr, first = join_chains(a, b, kinds, has_direction)
    lines = [nodes[indptr[n] : indptr[n + 1]].tolist() for n in range(len(first))]
    for line, piece in zip(lines, first.tolist(), strict=True):
        assert tuple(pieces[piece]) in set(itertools.pairwise(line)), "runs along the piece it names"
    return [" ".join(map(str, line)) for line in lines]


def test_pieces_are_joined_where_two_meet() -> None:
    assert joined([(1, 2), (2, 3), (3, 4)]) == ["1 2 3 4"]
    assert joined([(1, 2), (3, 2), (3, 4)]) == ["1 2 3 4"]
    assert joined([(3, 4), (2, 3), (1, 2)]) == ["1 2 3 4"]


def test_there_is_a_corner_where_three_meet() -> None:
    assert joined([(1, 2), (2, 3), (2, 4)]) == ["1 2", "2 3", "2 4"]


def test_there_is_a_corner_where_the_street_changes() -> None:
    assert joined([(1, 2), (2, 3), (3, 4)], alike="xxy") == ["1 2 3", "3 4"]


def test_one_way_streets_are_joined_only_along_their_direction() -> None:
    assert joined([(1, 2), (2, 3)], directed=">>") == ["1 2 3"]
    assert joined([(2, 3), (1, 2)], directed=">>") == ["1 2 3"]
    assert joined([(1, 2), (3, 2)], directed=">>") == ["1 2", "3 2"]
    assert joined([(2, 1), (2, 3)], directed=">>") == ["2 1", "2 3"]


def test_rings() -> None:
    assert joined([(1, 2), (2, 3), (3, 1)]) == ["1 2 3 1"]
    assert joined([(1, 2), (2, 3), (3, 1)], directed=">>>") == ["1 2 3 1"]
    # a street leads to the ring: it starts and ends there
    assert joined([(9, 2), (1, 2), (2, 3), (3, 1)]) == ["9 2", "2 3 1 2"]


def test_every_piece_is_in_one_line_whatever_the_streets() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        pieces = {tuple(sorted(pair)) for pair in rng.integers(0, 12, (15, 2)).tolist() if pair[0] != pair[1]}
        kinds = rng.integers(0, 2, len(pieces))
        a, b = np.array(sorted(pieces)).T
        nodes, indptr, _ = join_chains(a, b, kinds, rng.random(len(pieces)) < 0.5)
        lines = [nodes[indptr[n] : indptr[n + 1]].tolist() for n in range(len(indptr) - 1)]
        found = [tuple(sorted(pair)) for line in lines for pair in itertools.pairwise(line)]
        assert sorted(found) == sorted(pieces)
