"""The store: tables, migrations, and what differs between databases."""
