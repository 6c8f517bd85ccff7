"""Streets from OpenStreetMap: files or the live service in, a `StreetGraph` out."""
