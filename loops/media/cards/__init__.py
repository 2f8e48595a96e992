"""One module per card: a frozen description of text and numbers in, a PNG of 1200 x 630 out."""
