"""Compiled searches over flat arrays: the only home of numba. `workbench.network.search` is the only door."""

__all__: list[str] = []
