"""Whole configurations: what they say, and carrying them out with nobody watching."""
