"""Made-up values for the examples of rules: `{hex:32}` in an example becomes 32 drawn characters, always the same."""

from __future__ import annotations

import random
import re
import string

ALPHABETS = {
    "hex": "0123456789abcdef",
    "hexupper": "0123456789ABCDEF",
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "alnum": string.ascii_letters + string.digits,
    "lownum": string.ascii_lowercase + string.digits,
    "upnum": string.ascii_uppercase + string.digits,
    "b32": string.ascii_uppercase + "234567",
    "b64": string.ascii_letters + string.digits + "+/",
    "b64url": string.ascii_letters + string.digits + "-_",
    "bech32": "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
    "bech32upper": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_FIELD = re.compile(r"\{(" + "|".join(ALPHABETS) + r"):(\d+)\}")


def made(example: str, seed: int = 0) -> bytes:
    """Draw every field of an example from its alphabet; the same example and seed give the same bytes."""
    chance = random.Random(f"{example} {seed}")

    def draw(field: re.Match[str]) -> str:
        alphabet, size = ALPHABETS[field[1]], int(field[2])
        kinds = [[c for c in alphabet if kind(c)] for kind in (str.islower, str.isupper, str.isdigit)]
        first = [chance.choice(kind) for kind in kinds if kind][:size]
        drawn = first + [chance.choice(alphabet) for _ in range(size - len(first))]
        chance.shuffle(drawn)
        return "".join(drawn)

    return _FIELD.sub(draw, example).replace("{nl}", "\n").encode()
