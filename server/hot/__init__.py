"""Verify routes answered inside the parser's callback, where all that is needed is in memory.

Whatever is not plain (an unusual request, a record to be read, a budget to be spent, a
refused admin key) takes the ordinary road through the application, which says the same in the same
bytes.
"""
