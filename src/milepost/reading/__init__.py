"""Reading back: what the store holds, as files that an import understands."""
