"""New York's own sources: boundaries, people and groups. Read `newyork` first."""
