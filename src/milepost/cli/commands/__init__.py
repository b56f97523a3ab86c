"""One module per group of commands. Slow imports happen only when a command runs."""
