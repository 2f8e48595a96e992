"""Share media: cards (PNG), reels (WebP, MP4 with ffmpeg) and QR codes. Pure functions: text and numbers in, bytes out.

Callers decide whose name may appear. These modules only fit each text: one line, drawable characters, the given width.
"""
