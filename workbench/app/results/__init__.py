"""What a session is shown: colours on the map, the budget line, journeys, studies, alternatives side by side."""
