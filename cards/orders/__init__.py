"""Reads draft orders: which of them concern a policy, and what they ask for."""
