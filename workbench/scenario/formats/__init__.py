"""Scenarios in the field's own files: the edited timetable as GTFS (`gtfs`); lines as KML, shapefile, GeoPackage (`lines`)."""

__all__: list[str] = []
