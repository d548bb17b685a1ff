"""One file a rival: `label`, and `prepare()`, which answers `run(n)`: verify n times."""
