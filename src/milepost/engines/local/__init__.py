"""The engine of one machine: one process, partitions in the order of their keys, on disk beyond what fits."""
