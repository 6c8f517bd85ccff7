"""The measures of a scorecard, one subject a module: what is counted, in which unit, and how sure it is."""
