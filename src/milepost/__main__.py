"""`python -m milepost` is the same as `milepost`."""

from milepost.cli import main

main()
