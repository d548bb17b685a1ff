"""Credentials of other systems, each format in a folder of its own beside the native codec.

Nothing here is imported by `engine` itself: who wants a format imports it.
"""
