"""Brings a database to the tables of this release, step by step; run by `schema`."""
