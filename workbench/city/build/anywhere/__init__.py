"""Any city, from the file that names its sources. Read `anywhere` first."""
