"""Edits of routes that run today: whether they fit the city, and the trips of each service day before and after."""
