"""New routes as people draw them: along streets, with stops, running times and departures."""
