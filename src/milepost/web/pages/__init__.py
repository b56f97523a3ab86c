"""The pages: one module for each subject, whose functions take a request and return a response."""
