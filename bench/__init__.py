"""How fast the app is, beside its peers on the same machine in the same run: `make bench`."""
