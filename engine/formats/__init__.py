"""Other formats than the native one, each a codec and verifier of its own.

Nothing of the engine outside this folder imports it: who wants a format asks for it by name, and
installs what it needs.
"""
