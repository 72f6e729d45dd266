"""What outlives the process: one DuckDB file, and scenario files in three formats."""
