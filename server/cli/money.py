"""Amounts as people write them, "USD 49.99", in whole minor units."""

import re

import click

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_AMOUNT = re.compile(r"\s*(?:([A-Z]{3})\s*([0-9.]+)|([0-9.]+)\s*([A-Z]{3}))\s*")
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?")


def parse(text: str) -> tuple[str, int]:
    """("USD", 4999) of "USD 49.99" or "49.99 USD". Raises BadParameter."""
    match = _AMOUNT.fullmatch(text)
    number = _NUMBER.fullmatch(match[2] or match[3]) if match else None
    if match is None or number is None:
        raise click.BadParameter(f"{text!r} is not an amount such as 'USD 49.99'")
    currency = match[1] or match[4]
    exponent = _EXPONENTS.get(currency, 2)
    fraction = number[2] or ""
    if len(fraction) > exponent:
        raise click.BadParameter(f"{currency} has {exponent} decimal places, not {len(fraction)}")
    return currency, int(number[1] + fraction.ljust(exponent, "0"))


class AmountType(click.ParamType[tuple[str, int]]):
    """An amount option."""

    name = "'USD 49.99'"

    def convert(self, value: str | tuple[str, int], param: object, ctx: object) -> tuple[str, int]:
        return value if isinstance(value, tuple) else parse(value)


AMOUNT = AmountType()
