"""Tests of the core, module by module; what they share is built in `building`."""
