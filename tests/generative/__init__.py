"""Generated stores, jobs and files: the package against a naive oracle, and properties that always hold."""
