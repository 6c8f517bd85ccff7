"""Reads timetables as published: one GTFS zip at a time, joined, then one service day of them."""
