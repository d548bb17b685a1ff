"""Redis, or Valkey: a fast wire between nodes and a place to count, and never the truth.

Whatever it forgets, holds back, repeats or is made to say can end no revocation.
"""
