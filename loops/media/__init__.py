"""Pictures people share: cards (PNG), reels (WebP, MP4 with ffmpeg), QR codes. Pure: text and numbers in, bytes out.

Who is named is the caller's duty; here every text is clamped to one line, to letters the font has, to its place.
"""
