"""File formats: `read` opens files and tables, `headers` maps cells to columns, `write` writes exports, rejects and
lists of changes. `registry` finds the reader and the writer of a format.
"""
