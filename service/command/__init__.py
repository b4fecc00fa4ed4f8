"""The command `transplant-cds`."""
