"""What a Python team would otherwise write. Both are as their documentation advises, and import the same rows.

They get no row that has to be rejected: the one would import nothing at all, the other would need code for it.
Their clock runs from the parsed file in memory to the commit, without the start of their process.
"""
