"""For those who run the service: probes, metrics, the canary and traces."""
