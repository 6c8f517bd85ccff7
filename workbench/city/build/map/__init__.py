"""What the browser draws of a city: land, streets, lines, stations and names, as GeoJSON."""
