"""Servers that decide nothing: what the layers below Marzipan can do at most."""
