"""Joins pieces of streets, node to node, into lines from corner to corner."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["join_chains"]

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def join_chains(
    a: Int64Array, b: Int64Array, alike: Int64Array, directed: BoolArray
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """
    Join pieces end to end where exactly two meet that are used alike; everywhere else there is a corner.

    Parameters
    ----------
    a, b
        (n,) first and last node of each piece.
    alike
        (n,) pieces of one street have the same number.
    directed
        (n,) the piece has a direction: it is joined only to one that goes on from it.

    Returns
    -------
    nodes, indptr, first_piece
        Nodes of each line, lines one after the other; where each starts; and a piece it holds, which runs along the line.
    """
    n = len(a)
    next_end = _linked_ends(a, b, alike, directed)
    used = np.zeros(n, dtype=np.bool_)
    ends_at = np.concatenate([a, b]).tolist()
    links = next_end.tolist()
    nodes: list[int] = []
    sizes: list[int] = []
    first: list[int] = []
    is_used = used.tolist()
    # end e < n is the first node of piece e, end e >= n the last node of piece e - n
    free = np.flatnonzero(next_end < 0)
    starts = [*free[np.argsort(free % n, kind="stable")].tolist(), *range(n)]  # lines with ends, then rings
    for start in starts:
        if is_used[start % n]:
            continue
        line, pieces = [ends_at[start]], []
        end = start
        while end >= 0 and not is_used[end % n]:
            is_used[end % n] = True
            far = end + n if end < n else end - n
            line.append(ends_at[far])
            pieces.append(end)
            end = links[far]
        if pieces[0] >= n:  # the first piece would be run against its direction
            line.reverse()
        nodes += line
        sizes.append(len(line))
        first.append(pieces[0] % n)
    indptr = np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))])
    return np.array(nodes, dtype=np.int64), indptr, np.array(first, dtype=np.int64)


def _linked_ends(a: Int64Array, b: Int64Array, alike: Int64Array, directed: BoolArray) -> Int64Array:
    """Return for each end of a piece (first nodes, then last nodes) the end it is joined to; -1 at a corner."""
    n = len(a)
    node = np.concatenate([a, b])
    order = np.argsort(node, kind="stable")
    at = node[order]
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    counts = np.diff(np.append(starts, 2 * n))
    pairs = starts[counts == 2]
    one, two = order[pairs], order[pairs + 1]
    same = (one % n != two % n) & (alike[one % n] == alike[two % n])
    # two directed pieces go on from one another if one ends where the other starts
    same &= ~directed[one % n] | ((one < n) != (two < n))
    linked = np.full(2 * n, -1, dtype=np.int64)
    linked[one[same]], linked[two[same]] = two[same], one[same]
    return linked
