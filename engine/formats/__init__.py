"""Token formats of other systems, each a codec and verifier of its own beside the native one.

Nothing of the engine outside this folder imports it: who wants a format asks for it by name.
"""
