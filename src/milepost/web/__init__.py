"""The web application: pages for people who do not open a terminal."""
