"""The SMS hall (短厅): a text asks, a text answers."""
