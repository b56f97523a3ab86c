"""File formats: `read` opens files and tables, `headers` maps cells to columns, `write` writes exports, rejects and
lists of changes. `registry` has the interfaces of readers and writers, and finds those of a format.
"""
