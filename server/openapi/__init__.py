"""The OpenAPI document of the served routes, from the Structs that they parse and print."""
