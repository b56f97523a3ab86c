"""Stores as Delta tables, on a disk or in an object store, written by delta-rs."""

URLS = ("delta://", "delta+s3://")
"""What the URL of such a store begins with."""
