"""The whole path against a real FHIR server."""
