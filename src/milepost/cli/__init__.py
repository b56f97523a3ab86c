"""The command line: a door. Arguments in, exit status out."""
