"""What people add to a pack that is there: jobs from a table, places from a file; read, checked, and kept in a copy of it."""
