"""Reference data: what `milepost load` knows of each kind."""
