"""The steps of an import, in the order of the alphabet and of the work. They do not import one another."""
