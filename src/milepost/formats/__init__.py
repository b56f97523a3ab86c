"""File formats: a dictionary of readers, and the writer of rejects files."""
