"""Slow, plain twins of fast code."""
