"""Changing a route that runs today: the panel, and what its buttons do to the scenario."""
