"""FHIR at the edge: prefetch, searches and pages, over guarded connections."""
