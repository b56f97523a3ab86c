"""Measures Milepost beside the least that its databases can do, and beside what a team would write without it.

`make bench` and `make bench-full` run it; docs/benchmarks.md is what they write.
"""
