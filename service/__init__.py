"""Talks to the world: HTTP, FHIR, environment and clock; every decision is in `cards`."""
