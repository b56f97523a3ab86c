"""Identify: identifiers to the rows of the store that they mean."""
