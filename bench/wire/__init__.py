"""HTTP from outside: servers in processes pinned to one core, clients on another."""
