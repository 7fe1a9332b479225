"""The Runs dock: everything that was ever analysed, to be shown again, compared and continued."""
