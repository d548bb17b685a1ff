"""Snapshots of what is revoked: a node that starts reads one, and of the log only what came later.

They also take what is revoked out of a process' own memory into a file that all processes of a
machine share. A snapshot is trusted because it was sealed under a master secret and stands in the
database, never because of where it was found.
"""
