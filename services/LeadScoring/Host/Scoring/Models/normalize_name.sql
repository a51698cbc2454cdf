select normalize($1, NFKC)
