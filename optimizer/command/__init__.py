"""The commands `line3 solve`, `line3 check` and `line3 simulate`."""
