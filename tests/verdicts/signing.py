"""Ed25519 signatures over events, as docs/format.md says ("Signatures"), with the reader's own arithmetic."""
import base64
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "independent"))
from verify import L, decode_point, encode_point, multiply            # noqa: E402

BASE = decode_point(bytes([0x58] + [0x66] * 31))


def halves(seed):
    hashed = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(hashed[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return scalar, hashed[32:]


def public_key(seed):
    return encode_point(multiply(halves(seed)[0], BASE))


def signature(seed, message):
    scalar, prefix = halves(seed)
    public = public_key(seed)
    number = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
    r = number(prefix, message)
    point = encode_point(multiply(r, BASE))
    return point + ((r + number(point, public, message) * scalar) % L).to_bytes(32, "little")


def signed_line(seed, origin, event):
    """A signed/1 line over the event's exact text."""
    name = hashlib.sha256(public_key(seed)).hexdigest()
    message = ("ytterby/sign/1\n%s\n%s\n" % (origin, name)).encode() + event.encode()
    return '{"ytterby":"signed/1","key":"%s","signature":"%s","event":%s}' % (
        name, base64.b64encode(signature(seed, message)).decode(), event)
