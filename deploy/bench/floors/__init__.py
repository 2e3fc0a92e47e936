"""The floors: the least that the same libraries can do for the same job."""
