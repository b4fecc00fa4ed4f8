"""The stories' patients on a FHIR server that is not ours."""
