"""`check_env`: the libraries' own checks and our laws, for anybody's environment."""
