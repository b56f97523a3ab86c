"""Reading a store: runs with their findings and changes, histories of rows, exports, audit pages."""
