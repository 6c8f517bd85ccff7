"""
The workbench in the browser: draw a route, read its evidence card, keep alternatives, compare them and vote.

`workbench.app.serve` starts it; nothing here is imported before, because Panel takes a second.
"""

__all__: list[str] = []
