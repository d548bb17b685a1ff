"""What answers each route. Handlers translate between the wire's words and the acts."""
