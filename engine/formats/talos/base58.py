"""Base58 in Bitcoin's alphabet: a number without 0, O, I and l; leading zero bytes are "1"s.

Every byte string has exactly one spelling and every spelling one byte string, so that nothing is
left to check for a second spelling of the same bytes.
"""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {digit: value for value, digit in enumerate(_ALPHABET)}


def decode(text: str) -> bytes:
    """The bytes. Raises ValueError. Quadratic in the length: bound it before."""
    number = 0
    for digit in text:
        value = _DIGITS.get(digit)
        if value is None:
            raise ValueError("not base58")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
