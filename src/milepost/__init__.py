"""Milepost imports consolidated tracking into a learning record store."""
