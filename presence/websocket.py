"""Server-to-client WebSocket frames, built once and written to many sockets.

Source: RFC 6455, section 5.2. A server's frames are unmasked, so the bytes are the same for everybody.
"""

import struct

TEXT, CLOSE = 0x81, 0x88  # final frame, opcode 1 and 8
SHORT, MEDIUM = 126, 1 << 16


def text_frame(text: str) -> bytes:
    return _frame(TEXT, text.encode())


def close_frame(code: int) -> bytes:
    return _frame(CLOSE, struct.pack("!H", code))


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < SHORT:
        return bytes((first, size)) + payload
    if size < MEDIUM:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload
