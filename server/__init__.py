"""The HTTP server and its wiring: the only layer that reads the clock, environment and network.

It imports engine and storage; nothing imports it.
"""
