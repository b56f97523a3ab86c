"""The use cases: check, import, load, undo, prune, verify, unpivot; kept checks; the queue of jobs and its worker."""
