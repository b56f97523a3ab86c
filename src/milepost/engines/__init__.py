"""The engines: who runs the steps, and where. An engine adds nothing to the rules."""
