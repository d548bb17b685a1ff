"""What is said to a database, once for all that speak SQL. Nothing here waits or connects."""
