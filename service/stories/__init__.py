"""The stories: patients of fiction who show what the service does, and their FHIR server."""
