"""Numbers with their sign, as differences are told."""


def signed(number: float, decimals: int = 0) -> str:
    """Such as +3 and −3, with a real minus; what rounds to nothing has no sign."""
    text = f"{float(number):+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\u2212")
