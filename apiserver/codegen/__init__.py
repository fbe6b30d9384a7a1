"""From `schema/` to `apiserver/generated/`: reading, checking and printing of the contract."""
