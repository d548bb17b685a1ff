"""Speed, measured against others in the same run; never asserted in a test."""
