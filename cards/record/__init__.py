"""Reads a patient's record: the chart, and what its resources state. Knows no policy."""
