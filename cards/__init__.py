"""The core: orders, a chart and policies in; findings and cards out. No network, clock or Flask."""
