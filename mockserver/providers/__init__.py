"""The providers that the server stands in for, one folder of the same shape each."""
