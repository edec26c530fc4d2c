"""What the end-to-end tests stand on: a running endpoint, videos that know their frame numbers, and the truth about them."""
