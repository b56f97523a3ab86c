"""Stores for tests, in each kind of database that Milepost can use."""
