"""The nouns of Milepost: frozen, typed, and free of any input or output."""
