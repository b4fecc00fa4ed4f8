"""Reads draft orders: which concern a policy, what they ask for, and what they say beside it."""
