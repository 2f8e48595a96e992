"""Server-to-client WebSocket frames, built once and written to many sockets.

Source: RFC 6455, section 5.2. A server's frames are unmasked, so the same bytes go to every client.
"""

import struct

TEXT, CLOSE = 0x81, 0x88  # final frame, opcode 1 and 8
MAX_7_BIT, MAX_16_BIT = 125, (1 << 16) - 1  # payload lengths


def text_frame(text: str) -> bytes:
    return _frame(TEXT, text.encode())


def close_frame(code: int) -> bytes:
    return _frame(CLOSE, struct.pack("!H", code))


def _frame(first_byte: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= MAX_7_BIT:
        return bytes((first_byte, size)) + payload
    if size <= MAX_16_BIT:
        return struct.pack("!BBH", first_byte, 126, size) + payload
    return struct.pack("!BBQ", first_byte, 127, size) + payload
