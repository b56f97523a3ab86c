"""The engine of one machine: one process; partitions in key order; temporary files for what exceeds memory."""
