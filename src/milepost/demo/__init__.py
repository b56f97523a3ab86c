"""The files of the demonstration; `milepost demo` shows what they are for."""
