"""Traffic of many users with locust, each of whose answers is checked."""
