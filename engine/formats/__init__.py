"""Other envelopes for what the engine mints; they need packages that the engine does not."""
