"""File formats, in three rooms: `read` opens files, streams and tables, `headers` says which cell is which column,
`write` has exports, rejects and lists of changes. `registry` finds the reader and the writer of a format.
"""
