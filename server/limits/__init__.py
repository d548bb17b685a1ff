"""How often a key, an actor and a tenant may be used: rate limits, in one process or over Redis."""
