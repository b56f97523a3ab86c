"""Servers for files, mail and call-backs, on free loopback ports."""
