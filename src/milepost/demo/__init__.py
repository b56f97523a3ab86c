"""A small store of real data, and an import into it, step by step."""

from milepost.demo.show import show

__all__ = ["show"]
