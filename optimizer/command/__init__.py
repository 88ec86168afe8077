"""The commands `line3 solve` and `line3 check`."""
