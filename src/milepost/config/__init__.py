"""From XML and single settings to a `Job`; every mistake with its line."""
