URL = "memory://"
"""What the URL of such a store begins with."""
