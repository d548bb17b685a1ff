"""The default store: one SQLite file, one writer thread, reads on the calling thread."""
