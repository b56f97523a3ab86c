"""File formats: what opens files to read, and what writes files."""
