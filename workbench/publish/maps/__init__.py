"""Maps that ask no other host for anything: folium for browsers, SVG for pages and paper."""
